import { arnKind, formatArn, isAccountId, parseArn, roleArn, stripPath } from '../arn.ts';
import { callerKey } from '../authenticator/caller-order.ts';
import { PARTITIONS } from '../authenticator/sso-matcher.ts';
import { isHelm } from '../configmap/template.ts';

import { lacksSuffix } from '../role-name.ts';
import { didYouMean, printable, quoted } from '../text.ts';

/** Why no caller ever has an ARN. */
export interface ArnProblem {
  readonly rule:
    | 'path-in-arn'
    | 'permission-set-arn'
    | 'missing-suffix'
    | 'assumed-role-arn'
    | 'identity-center-user'
    | 'not-a-role-or-user'
    | 'wildcard-arn'
    | 'whitespace-in-arn'
    | 'malformed-arn'
    | 'helm-template';
  readonly what: string;
  readonly help?: string;
  /** The ARN that was certainly meant. */
  readonly meant?: string;
}

/** What nearly every entry has. */
const USUAL = new RegExp(
  String.raw`^arn:(?:${PARTITIONS.join('|')}):iam::[0-9]{12}:role/[\w+=,.@-]{1,64}$`,
  'i',
);

// What people paste in without seeing it: blanks, line breaks, control characters, marks of width zero.
const INVISIBLE = /[\s\p{Cc}\p{Cf}\p{Z}]/u;
const FORMAT = /\p{Cf}/gu;

/**
 * Why an ARN can never match a caller's, or null. The authenticator turns the caller's ARN of an STS session into
 * `arn:P:iam::A:role/NAME`, leaves users and federated users as they are, and compares the whole without regard to case
 * (its pkg/arn).
 */
export function diagnoseArn(arn: string): ArnProblem | null {
  // To Go two more letters are an s and a k in another case.
  if (/[\u017f\u212a]/.test(arn)) return diagnoseArn(callerKey(arn));
  if (USUAL.test(arn)) return suffixFault(arn);
  if (arn.includes('{{') && isHelm(arn.slice(arn.indexOf('{{'))))
    return { rule: 'helm-template', what: `${quoted(arn)} looks like a Helm template` };
  if (INVISIBLE.test(arn) && /arn:/i.test(arn)) return invisibleFault(arn);
  if (/[*?]/.test(arn)) return { rule: 'wildcard-arn', what: `${quoted(arn)} has a wildcard` };
  return strangerFault(arn) ?? pathFault(arn) ?? malformed(arn);
}

function suffixFault(arn: string): ArnProblem | null {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  if (!lacksSuffix(name)) return null;
  return {
    rule: 'missing-suffix',
    what: `${printable(arn)} has no suffix behind the name of the permission set`,
  };
}

function invisibleFault(arn: string): ArnProblem {
  const what = `${quoted(arn)} has a space, a line break or an invisible character in it`;
  const meant = trimInvisible(arn).replace(FORMAT, '');
  if (INVISIBLE.test(meant)) return { rule: 'whitespace-in-arn', what };
  const rest = diagnoseArn(meant);
  if (rest && rest.meant === undefined) return { rule: 'whitespace-in-arn', what };
  const clean = rest?.meant ?? meant;
  return { rule: 'whitespace-in-arn', what, help: `Write it without: ${printable(clean)}`, meant: clean };
}

/** Not one pattern: at each blank inside, that would look for the end of the text. */
function trimInvisible(text: string): string {
  const characters = [...text];
  const isVisible = (character: string) => !INVISIBLE.test(character);
  const first = characters.findIndex(isVisible);
  return first < 0 ? '' : characters.slice(first, characters.findLastIndex(isVisible) + 1).join('');
}

function pathFault(text: string): ArnProblem | null {
  const arn = parseArn(text.replace(/^arn/i, 'arn'));
  if (!arn) return null;
  const lower = {
    ...arn,
    service: arn.service.toLowerCase(),
    resource: arn.resource.replace(/^role\//i, 'role/'),
  };
  if (arnKind(lower) !== 'role' || !lower.resource.slice('role/'.length).includes('/')) return null;
  const meant = formatArn(stripPath(lower));
  if (!USUAL.test(meant)) return null;
  const path = lower.resource.slice('role'.length, lower.resource.lastIndexOf('/') + 1);
  return {
    rule: 'path-in-arn',
    what: `${printable(text)} has the path ${printable(path)} in it`,
    help: `Write the ARN without the path: ${meant}`,
    meant,
  };
}

/** Why a text names somebody or something that no caller of a cluster is; null where it does not. */
export function strangerFault(text: string): ArnProblem | null {
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
        rule: 'not-a-role-or-user',
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

function sessionFault(text: string): ArnProblem | null {
  const [, partition = '', account = '', name = ''] =
    /^arn:([^:]+):sts:[^:]*:([^:]*):assumed-role\/([^/]+)/i.exec(text) ?? [];
  if (!/:assumed-role\//i.test(text)) return null;
  const role = name ? roleArn(partition, account, name) : 'arn:aws:iam::ACCOUNT:role/NAME';
  return {
    rule: 'assumed-role-arn',
    what: `${printable(text)} is the ARN of a session, which one person has for some hours`,
    help: `Write the ARN of the role instead, ${printable(role)}. Mind that it lets in everyone who may assume the role, not one person alone.`,
  };
}

function otherFault(text: string, service: string, resource: string): ArnProblem | null {
  const isGroup = service === 'iam' && resource.startsWith('group/');
  if (isGroup) {
    return {
      rule: 'not-a-role-or-user',
      what: `${printable(text)} is an IAM group`,
      help: 'IAM groups cannot be mapped: let its members assume a role and map that role, or map each user.',
    };
  }
  // What the service iam has besides is told by malformed-arn: somebody may have forgotten `role/`.
  return service === 'iam' && !resource.includes('/') ? null : notARoleOrUser(text, resource);
}

function notARoleOrUser(text: string, resource: string): ArnProblem | null {
  if (/^(?:role|user)s?\b/.test(resource)) return null;
  return {
    rule: 'not-a-role-or-user',
    what: `${printable(text)} is the ARN of something that cannot call a cluster`,
  };
}

/** Why a text has not the form of a role's or user's ARN; null where it has. */
export function malformed(text: string): ArnProblem | null {
  const problem = problemOf(text);
  if (!problem) return null;
  const { what, help } = problem;
  return { rule: 'malformed-arn', what: `${quoted(text)} ${what}`, ...(help !== undefined && { help }) };
}

interface Problem {
  readonly what: string;
  readonly help?: string;
}

function problemOf(text: string): Problem | null {
  if (/[“”‘’«»"'`]/.test(text))
    return { what: 'has quotation marks in it', help: 'Use the plain quotes " or none at all.' };
  if (/[<>{}$]/.test(text))
    return {
      what: 'has a placeholder in it that nothing filled in',
      help: 'Put the ARN itself in its place.',
    };
  const arn = parseArn(text.toLowerCase());
  if (!arn) return { what: 'is no ARN' };
  const { partition, service, region, resource } = arn;
  const accountId = text.split(':', 5)[4] ?? '';
  if (!PARTITIONS.includes(partition)) {
    const near = didYouMean(partition, PARTITIONS);
    return {
      what: `is of the partition ${quoted(partition)}, which does not exist`,
      ...(near && { help: near }),
    };
  }
  const kind = arnKind(arn);
  if (kind === 'session') return accountProblem(accountId);
  if (service !== 'iam' || (kind !== 'role' && kind !== 'user' && kind !== 'root'))
    return { what: 'is the ARN of neither a role nor a user' };
  if (region !== '')
    return {
      what: `has the region ${quoted(region)}; IAM has none`,
      help: 'Leave it empty: arn:aws:iam::ACCOUNT:…',
    };
  return accountProblem(accountId) ?? nameProblem(kind, resource);
}

function accountProblem(accountId: string): Problem | null {
  if (isAccountId(accountId)) return null;
  const count = /^\d+$/.test(accountId) ? `has ${accountId.length} digits` : `is ${quoted(accountId)}`;
  const zero = /^\d{11}$/.test(accountId) ? ` Did it lose a leading zero (0${accountId})?` : '';
  return { what: `has no valid account id: it ${count}`, help: `An account id has 12 digits.${zero}` };
}

function nameProblem(kind: 'role' | 'user' | 'root', resource: string): Problem | null {
  if (kind === 'root') return resource === 'root' ? null : { what: 'has something behind root' };
  const path = kind === 'user' ? '(?:[\\x21-\\x7e]*/)?' : '(?:.*/)?';
  const name = new RegExp(`^${kind}/${path}([^/]*)$`).exec(resource)?.[1];
  if (name === undefined || name === '')
    return { what: `names no ${kind}`, help: `Write ${kind}/NAME at its end.` };
  if (name.length > 64) return { what: `has a name of ${name.length} characters; IAM takes 64` };
  const odd = /[^\w+=,.@-]/u.exec(name)?.[0];
  return odd === undefined
    ? null
    : { what: `has ${quoted(odd)} in its name (${printable(name)}), which IAM does not take` };
}
