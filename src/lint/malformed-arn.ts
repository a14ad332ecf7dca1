import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { PARTITIONS } from '../authenticator/sso-matcher.ts';
import { didYouMean, printable, quoted } from '../text.ts';
import type { ArnFault } from './arn-fault.ts';

/** Why a text has not the form of a role's or user's ARN; null where it has. */
export function malformed(text: string): ArnFault | null {
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
