import { ownPair } from '../../configmap/edit-context.ts';
import { arnLike, replaceValue } from '../../configmap/edit-field.ts';
import type { ArnFault } from '../arn-fault.ts';
import type { Detection, Mend, Rule } from '../rule.ts';
import { arnSpot } from '../spot.ts';
import type { FaultyEntry, LintSubject, ListEntry } from '../subject.ts';

const NEVER = 'the authenticator never finds a caller with this ARN, so nobody gets in through this entry';

export const pathInArn: Rule = {
  name: 'path-in-arn',
  severity: 'error',
  fix: 'access',
  summary: 'The ARN of a role has a path in it',
  consequence:
    'the authenticator takes the path off the ARN of whoever calls, so this one never matches and nobody gets in through this entry',
  help: 'Write the ARN without what stands between role/ and the name: arn:aws:iam::ACCOUNT:role/NAME.',
  detect: (subject) => mendable(subject, 'path-in-arn'),
};

export const whitespaceInArn: Rule = {
  name: 'whitespace-in-arn',
  severity: 'error',
  fix: 'access',
  summary: 'An ARN has a space, a line break or an invisible character in it',
  consequence: NEVER,
  help: 'Type the ARN anew, on one line.',
  detect: (subject) => mendable(subject, 'whitespace-in-arn'),
};

export const wildcardArn: Rule = {
  name: 'wildcard-arn',
  severity: 'error',
  fix: 'none',
  summary: 'An ARN has a wildcard in it',
  consequence: 'the authenticator compares ARNs letter by letter, so nobody gets in through this entry',
  help: 'Write an entry for each role or user; aws-auth-sso merge writes those of permission sets, whatever their suffix.',
  detect: (subject) => plain(subject, 'wildcard-arn'),
};

export const malformedArn: Rule = {
  name: 'malformed-arn',
  severity: 'error',
  fix: 'none',
  summary: 'Something that is no ARN of a role or user stands where one belongs',
  consequence: NEVER,
  help: 'Write arn:aws:iam::ACCOUNT:role/NAME, or arn:aws:iam::ACCOUNT:user/NAME, with the account id of 12 digits.',
  detect: (subject) => plain(subject, 'malformed-arn'),
};

function* plain(subject: LintSubject, rule: ArnFault['rule']): Generator<Detection> {
  for (const one of subject.faulty(rule)) yield detectionOf(one);
}

/** Mended unless another entry is for the same role: which of them was meant, nobody can tell. */
function* mendable(subject: LintSubject, rule: ArnFault['rule']): Generator<Detection> {
  for (const one of subject.faulty(rule)) {
    const { meant } = one.fault;
    if (meant === undefined) {
      yield detectionOf(one);
      continue;
    }
    const other = subject.census.meantBy(meant).find((candidate) => candidate !== one);
    if (other) yield { ...detectionOf(one), help: otherHelp(subject, other) };
    else yield { ...detectionOf(one), ...arnMend(subject, one, meant) };
  }
}

export function detectionOf(one: FaultyEntry): Detection {
  const { what, help } = one.fault;
  return { spot: arnSpot(one), what, ...(help !== undefined && { help }) };
}

function otherHelp(subject: LintSubject, other: ListEntry): string {
  const { embedded } = other.list.source;
  const { line } = subject.document.locationOf(embedded.offsets.startOf(other.entry.node.start));
  return `Another entry is for the same role (line ${line}): keep the one that you want, with the ARN ${other.fault?.meant ?? other.entry.arn}`;
}

/** The change that gives an entry another ARN, where it can be made. */
export function arnMend(
  subject: LintSubject,
  { list, entry }: ListEntry,
  arn: string,
): { readonly mend?: Mend } {
  const pair = ownPair(entry, 'arn');
  if (!pair || pair.value.kind === 'alias' || !subject.isEditable(list, entry.index)) return {};
  const edit = replaceValue(list.text, pair, arnLike(pair, arn, entry.node.flow));
  return { mend: { kind: 'edit', map: list.key, index: entry.index, edit, effect: { arn } } };
}
