import { arnKind, formatArn, parseArn, stripPath } from '../arn.ts';
import { callerKey } from '../authenticator/caller-order.ts';
import { PARTITIONS } from '../authenticator/sso-matcher.ts';
import { isHelm } from '../configmap/template.ts';
import { lacksSuffix } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import { malformed } from './malformed-arn.ts';
import { strangerFault } from './stranger-arn.ts';

/** Why no caller ever has an ARN. */
export interface ArnFault {
  readonly rule:
    | 'path-in-arn'
    | 'permission-set-arn'
    | 'missing-suffix'
    | 'session-arn'
    | 'identity-center-user'
    | 'not-an-identity'
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
export function arnFault(arn: string): ArnFault | null {
  // To Go two more letters are an s and a k in another case.
  if (/[\u017f\u212a]/.test(arn)) return arnFault(callerKey(arn));
  if (USUAL.test(arn)) return suffixFault(arn);
  if (arn.includes('{{') && isHelm(arn.slice(arn.indexOf('{{'))))
    return { rule: 'helm-template', what: `${quoted(arn)} looks like a Helm template` };
  if (INVISIBLE.test(arn) && /arn:/i.test(arn)) return invisibleFault(arn);
  if (/[*?]/.test(arn)) return { rule: 'wildcard-arn', what: `${quoted(arn)} has a wildcard` };
  return strangerFault(arn) ?? pathFault(arn) ?? malformed(arn);
}

function suffixFault(arn: string): ArnFault | null {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  if (!lacksSuffix(name)) return null;
  return {
    rule: 'missing-suffix',
    what: `${printable(arn)} has no suffix behind the name of the permission set`,
  };
}

function invisibleFault(arn: string): ArnFault {
  const what = `${quoted(arn)} has a space, a line break or an invisible character in it`;
  const meant = trimInvisible(arn).replace(FORMAT, '');
  if (INVISIBLE.test(meant)) return { rule: 'whitespace-in-arn', what };
  const rest = arnFault(meant);
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

function pathFault(text: string): ArnFault | null {
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
