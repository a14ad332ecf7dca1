import { arnKind, parseArn, roleArn } from '../arn.ts';
import { printable, quoted } from '../text.ts';
import type { ArnFault } from './arn-fault.ts';

/** Why a text names somebody or something that no caller of a cluster is; null where it does not. */
export function strangerFault(text: string): ArnFault | null {
  const person = personOf(text);
  if (person) return { rule: 'identity-center-user', what: `${quoted(text)} is ${person}` };
  const arn = parseArn(text.toLowerCase());
  if (!arn) return null;
  switch (arnKind({ ...arn, resource: arn.resource.replace(/^permissionset\//, 'permissionSet/') })) {
    case 'permission-set':
      return {
        rule: 'permission-set-arn',
        what: `${printable(text)} is the ARN of a permission set, not of a role`,
      };
    case 'session':
      return sessionFault(text);
    case 'instance-profile':
      return {
        rule: 'not-an-identity',
        what: `${printable(text)} is an instance profile, not a role`,
        help: 'Write the ARN of the role inside it; `aws iam get-instance-profile --instance-profile-name NAME` shows it.',
      };
    case 'other':
      return otherFault(text, arn.service, arn.resource);
    default:
      return null;
  }
}

/** How somebody writes an Identity Center user or group. */
function personOf(text: string): string | null {
  if (/^arn:[^:]*:identitystore:/i.test(text))
    return `an Identity Center ${/[:/]group\//i.test(text) ? 'group' : 'user'}`;
  if (/^arn:[^:]*:sso:[^:]*:[^:]*:(?:user|group)\//i.test(text)) return 'an Identity Center user or group';
  if (/^[^\s:/@]+@[^\s:/@]+$/.test(text))
    return 'an e-mail address or user name, as Identity Center has them';
  if (/^(?:[0-9a-f]{10}-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    return 'an id, as Identity Center has them for users and groups';
  return null;
}

function sessionFault(text: string): ArnFault | null {
  const [, partition = '', account = '', name = ''] =
    /^arn:([^:]+):sts:[^:]*:([^:]*):assumed-role\/([^/]+)/i.exec(text) ?? [];
  if (!/:assumed-role\//i.test(text)) return null;
  const role = name ? roleArn(partition, account, name) : 'arn:aws:iam::ACCOUNT:role/NAME';
  return {
    rule: 'session-arn',
    what: `${printable(text)} is the ARN of a session, which one person has for some hours`,
    help: `Write the ARN of the role instead, ${printable(role)}. Mind that it lets in everyone who may assume the role, not one person alone.`,
  };
}

function otherFault(text: string, service: string, resource: string): ArnFault | null {
  const isGroup = service === 'iam' && resource.startsWith('group/');
  if (isGroup) {
    return {
      rule: 'not-an-identity',
      what: `${printable(text)} is an IAM group`,
      help: 'IAM groups cannot be mapped: let its members assume a role and map that role, or map each user.',
    };
  }
  // What the service iam has besides is told by malformed-arn: somebody may have forgotten `role/`.
  return service === 'iam' && !resource.includes('/') ? null : notAnIdentity(text, resource);
}

function notAnIdentity(text: string, resource: string): ArnFault | null {
  if (/^(?:role|user)s?\b/.test(resource)) return null;
  return {
    rule: 'not-an-identity',
    what: `${printable(text)} is the ARN of something that cannot call a cluster`,
  };
}
