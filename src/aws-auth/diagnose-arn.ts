import {
  type Arn,
  arnKind,
  formatArn,
  isAccountId,
  PARTITIONS,
  parseArn,
  roleArn,
  stripPath,
} from '../arn.ts';
import { asciiTwin, DOTTED_I, isAscii, toLower } from '../go-strings.ts';
import { isHelm } from '../map-entry.ts';
import { memo } from '../memo.ts';
import { lacksSuffix } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import type { LoadedEntry } from './loaded.ts';

/** The reason why no caller can ever have an ARN. */
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
    | 'non-ascii-arn'
    | 'helm-template';
  readonly what: string;
  readonly help?: string;
  /** The ARN that was definitely intended. */
  readonly meant?: string;
}

/** Why the ARN of an entry never matches; null if it does, or if the entry uses `sso:`. */
export const arnProblem = memo((entry: LoadedEntry) => (entry.sso ? null : diagnoseArn(entry.arn)));

/** The form of nearly every entry's ARN. */
const USUAL = new RegExp(
  String.raw`^arn:(?:${PARTITIONS.join('|')}):iam::[0-9]{12}:role/[\w+=,.@-]{1,64}$`,
  'i',
);

// Characters that people paste without seeing them: blanks, line breaks, control and zero-width characters.
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/u;
const FORMAT = /\p{Cf}/gu;

/**
 * Why an ARN can never match a caller's, or null. The authenticator converts the ARN of an STS session to
 * `arn:P:iam::A:role/NAME`, keeps those of users and federated users, and compares the whole ARN ignoring case (its
 * pkg/arn).
 */
export function diagnoseArn(arn: string): ArnProblem | null {
  if (!isAscii(arn)) {
    const twin = asciiTwin(arn);
    if (twin !== arn) return arn.includes(DOTTED_I) ? dottedProblem(arn, twin) : diagnoseArn(twin);
  }
  if (USUAL.test(arn)) return suffixProblem(arn);
  if (arn.includes('{{') && isHelm(arn.slice(arn.indexOf('{{'))))
    return { rule: 'helm-template', what: `${quoted(arn)} looks like a Helm template` };
  if (INVISIBLE.test(arn) && /arn:/i.test(arn)) return invisibleProblem(arn);
  if (/[*?]/.test(arn)) return { rule: 'wildcard-arn', what: `${quoted(arn)} contains a wildcard` };
  const known = principalProblem(arn) ?? pathProblem(arn);
  if (known) return known;
  const problem = formProblem(arn);
  return problem && { ...problem, rule: 'malformed-arn', what: `${quoted(arn)} ${problem.what}` };
}

function suffixProblem(arn: string): ArnProblem | null {
  if (!lacksSuffix(arn.slice(arn.lastIndexOf('/') + 1))) return null;
  return {
    rule: 'missing-suffix',
    what: `${printable(arn)} lacks the suffix of 16 hexadecimal digits, so the intended role is unknown`,
  };
}

/**
 * The authenticator stores this letter as an i, and then compares it as a different one (its pkg/config, `Key` and
 * `Matches`).
 */
function dottedProblem(arn: string, twin: string): ArnProblem {
  const what = `${quoted(arn)} contains ${letterText(DOTTED_I)}, which the authenticator stores as an i but never matches as one`;
  return {
    rule: 'non-ascii-arn',
    what,
    help: `If that is the intended role or user, write ${printable(twin)}.`,
  };
}

/** `"ſ" (U+017F)` */
export function letterText(letter: string): string {
  const code = (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `"${letter}" (U+${code})`;
}

function invisibleProblem(arn: string): ArnProblem {
  const rule = 'whitespace-in-arn';
  const what = `${quoted(arn)} contains a space, a line break or an invisible character`;
  const characters = [...arn];
  const isVisible = (character: string) => !INVISIBLE.test(character);
  const [first, last] = [characters.findIndex(isVisible), characters.findLastIndex(isVisible)];
  // Not a single regular expression: it would scan to the end of the text at each inner blank.
  const meant = characters
    .slice(first, last + 1)
    .join('')
    .replace(FORMAT, '');
  const rest = INVISIBLE.test(meant) ? undefined : diagnoseArn(meant);
  if (rest === undefined || (rest && rest.meant === undefined)) return { rule, what };
  const clean = rest?.meant ?? meant;
  return { rule, what, help: `Write ${printable(clean)}`, meant: clean };
}

function pathProblem(text: string): ArnProblem | null {
  const arn = parseArn(text.replace(/^arn/i, 'arn'));
  if (!arn) return null;
  const lower = {
    ...arn,
    service: toLower(arn.service),
    resource: arn.resource.replace(/^role\//i, 'role/'),
  };
  if (arnKind(lower) !== 'role' || !lower.resource.slice('role/'.length).includes('/')) return null;
  const meant = formatArn(stripPath(lower));
  if (!USUAL.test(meant)) return null;
  if (lacksSuffix(meant.slice(meant.lastIndexOf('/') + 1))) return suffixProblem(text);
  const path = lower.resource.slice('role'.length, lower.resource.lastIndexOf('/') + 1);
  return {
    rule: 'path-in-arn',
    what: `${printable(text)} contains the path ${printable(path)}`,
    help: `Strip the path: ${meant}`,
    meant,
  };
}

/** The problem of an ARN whose principal cannot call a cluster. */
function principalProblem(text: string): ArnProblem | null {
  const person = describePerson(text);
  if (person) return { rule: 'identity-center-user', what: `${quoted(text)} is ${person}` };
  const arn = parseArn(toLower(text));
  if (!arn) return null;
  switch (arnKind({ ...arn, resource: arn.resource.replace(/^permissionset\//, 'permissionSet/') })) {
    case 'permission-set':
      return {
        rule: 'permission-set-arn',
        what: `${printable(text)} is the ARN of a permission set, not of a role`,
      };
    case 'session':
      return sessionProblem(text);
    case 'instance-profile':
      return {
        rule: 'not-a-role-or-user',
        what: `${printable(text)} is an instance profile, not a role`,
        help: 'Write the ARN of its role; `aws iam get-instance-profile --instance-profile-name NAME` shows it.',
      };
    case 'other':
      return otherProblem(text, arn);
    default:
      return null;
  }
}

/** Recognizes the ways to write an Identity Center user or group. */
function describePerson(text: string): string | null {
  if (/^arn:[^:]*:identitystore:/i.test(text))
    return `an Identity Center ${/[:/]group\//i.test(text) ? 'group' : 'user'}`;
  if (/^arn:[^:]*:sso:[^:]*:[^:]*:(?:user|group)\//i.test(text)) return 'an Identity Center user or group';
  if (/^[^\s:/@]+@[^\s:/@]+$/.test(text)) return 'an e-mail address or the name of an Identity Center user';
  if (/^(?:[0-9a-f]{10}-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    return 'the ID of an Identity Center user or group';
  return null;
}

function sessionProblem(text: string): ArnProblem | null {
  const [, partition = '', account = '', name = ''] =
    /^arn:([^:]+):sts:[^:]*:([^:]*):assumed-role\/([^/]+)/i.exec(text) ?? [];
  if (!/:assumed-role(?:\/|$)/i.test(text)) return null;
  const role = roleArn(partition || 'aws', account || 'ACCOUNT', name || 'NAME');
  return {
    rule: 'assumed-role-arn',
    what: `${printable(text)} is the ARN of a session, not of a role`,
    help: `Write the ARN of the role: ${printable(role)}. It grants access to everyone who can assume the role.`,
  };
}

function otherProblem(text: string, { service, resource }: Arn): ArnProblem | null {
  const rule = 'not-a-role-or-user';
  if (service === 'iam' && resource.startsWith('group/'))
    return {
      rule,
      what: `${printable(text)} is an IAM group`,
      help: "IAM groups can't be mapped. Have the members assume a role and map that role, or map each user.",
    };
  // Other resources of the iam service count as malformed: `role/` may be missing.
  if ((service === 'iam' && !resource.includes('/')) || /^(?:role|user)s?\b/.test(resource)) return null;
  return { rule, what: `${printable(text)} is neither a role nor a user` };
}

type FormProblem = Pick<ArnProblem, 'what' | 'help'>;

/** Why a string is not in the form of a role or user ARN; null if it is. */
function formProblem(text: string): FormProblem | null {
  if (/[“”‘’«»"'`]/.test(text))
    return { what: 'contains quotation marks', help: 'Use plain quotes (") or none.' };
  if (/[<>{}$]/.test(text))
    return { what: 'contains a placeholder', help: 'Replace it with the actual ARN.' };
  const arn = parseArn(toLower(text));
  if (!arn) return { what: "isn't an ARN" };
  const { partition, service, region, resource } = arn;
  const accountId = text.split(':', 5)[4] ?? '';
  if (!PARTITIONS.includes(partition)) return { what: `has the unknown partition ${quoted(partition)}` };
  const kind = arnKind(arn);
  // A federated user's is the one session ARN that the authenticator keeps.
  if (kind === 'session')
    return (
      accountProblem(accountId) ??
      (/^federated-user\/./.test(resource) ? null : { what: 'has no name after federated-user/' })
    );
  if (service !== 'iam' || (kind !== 'role' && kind !== 'user' && kind !== 'root'))
    return { what: 'is neither a role nor a user' };
  if (region !== '')
    return {
      what: `has the region ${quoted(region)}, but IAM has none`,
      help: 'Leave it empty: arn:aws:iam::ACCOUNT:…',
    };
  return accountProblem(accountId) ?? nameProblem(kind, resource);
}

function accountProblem(accountId: string): FormProblem | null {
  if (isAccountId(accountId)) return null;
  const id = /^\d+$/.test(accountId) ? `of ${accountId.length} digits` : quoted(accountId);
  const zero = /^\d{11}$/.test(accountId) ? ` Did it lose a leading zero (0${accountId})?` : '';
  return { what: `has an invalid account ID ${id}`, help: `An account ID has 12 digits.${zero}` };
}

/** Extracts the name for each kind; a user's path is printable ASCII. */
const NAMES = { role: /^role\/(?:.*\/)?([^/]*)$/, user: /^user\/(?:[\x21-\x7e]*\/)?([^/]*)$/ };

function nameProblem(kind: 'role' | 'user' | 'root', resource: string): FormProblem | null {
  if (kind === 'root') return resource === 'root' ? null : { what: 'has something after root' };
  const name = NAMES[kind].exec(resource)?.[1];
  if (name === undefined || name === '')
    return { what: `has no ${kind} name`, help: `End it with ${kind}/NAME.` };
  if (name.length > 64) return { what: `has a name of ${name.length} characters, but IAM allows 64` };
  const odd = /[^\w+=,.@-]/u.exec(name)?.[0];
  return odd === undefined
    ? null
    : { what: `has ${quoted(odd)} in its name (${printable(name)}), which IAM doesn't allow` };
}
