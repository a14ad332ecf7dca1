import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readListOrDocument } from '../../src/aws-auth/document.ts';
import { type ExpectedEntry, expectedEntries, type MapChange } from '../../src/change/change.ts';
import { draftMerge, type MergeResult, mergeAwsAuth } from '../../src/change/merge.ts';
import { Failure } from '../../src/errors.ts';
import { contextOf } from '../change/role-facts-of.ts';
import { type Answer, ask, type InventoryQuery, type Version } from './authenticator.ts';
import { type Complaint, type Judged, withFewerLines } from './complaint.ts';
import { accessComplaints, asGoReads, PROVISIONED } from './merge-access.ts';
import type { MergeCase } from './merge-cases.ts';

/** Slightly smaller versions of the case. */
export function smallerMerges(input: MergeCase): MergeCase[] {
  const { desired, context, options } = input;
  return [
    ...withFewerLines(input),
    ...desired.map((_, at) => ({ ...input, desired: desired.toSpliced(at, 1) })),
    {
      ...input,
      context: contextOf(
        { ...context, roleArns: new Set(desired.map(({ rolearn }) => rolearn.toLowerCase())) },
        desired.map(({ rolearn }) => rolearn),
      ),
    },
    { ...input, context: { ...context, prune: null } },
    { ...input, options: { ...options, for: null, comments: false } },
    ...(input.source.includes('\r') ? [{ ...input, source: input.source.replaceAll('\r', '') }] : []),
  ];
}

type Attempt =
  | { readonly kind: 'merged'; readonly result: MergeResult; readonly planned: readonly ExpectedEntry[] }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'crashed'; readonly error: unknown };

export interface JudgedMerge extends Judged<MergeCase> {
  /** Nothing is wrong with the file, even for the authenticator. */
  readonly wellFormed: boolean;
  /** The reason; null if it was not refused. */
  readonly refusal: string | null;
}

/** Merges files, and has the authenticator evaluate them before and after. */
export function judgeMerges(cases: readonly MergeCase[]): JudgedMerge[] {
  const attempts = cases.map(attempt);
  const answers = ask(cases.map((input, index) => queryOf(input, attempts[index])));
  return cases.map((input, index) => {
    const [tried, answer] = [attempts[index], answers[index]];
    if (!tried || !answer) throw new Error('an answer is missing');
    const wellFormed = input.sound && isClean(answer.versions[0]);
    const refusal = tried.kind === 'refused' ? firstLine(tried.failure) : null;
    return { input, complaints: complaintsOf(input, tried, answer), wellFormed, refusal };
  });
}

function attempt({ source, desired, context, options }: MergeCase): Attempt {
  try {
    const awsAuth = new AwsAuth(readListOrDocument(source, 'f.yaml'));
    const result = mergeAwsAuth(awsAuth, desired, context, options);
    const { changes } = draftMerge(awsAuth, desired, context, options);
    return { kind: 'merged', result, planned: expectedEntries(changes) };
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) return { kind: 'refused', failure: error };
    return { kind: 'crashed', error };
  }
}

function queryOf({ source, bare, desired }: MergeCase, tried: Attempt | undefined): InventoryQuery {
  const versions = tried?.kind === 'merged' ? [source, tried.result.text] : [source];
  const callers = desired.map(({ rolearn }) => rolearn);
  return bare ? { lists: versions, callers } : { files: versions, callers };
}

function complaintsOf(input: MergeCase, tried: Attempt, { versions, callers }: Answer): Complaint[] {
  const [before, after] = versions;
  switch (tried.kind) {
    case 'crashed':
      return [{ kind: `crash: ${firstLine(tried.error)}`, detail: String(tried.error) }];
    case 'refused':
      return refusalComplaints(input, tried.failure, before);
    case 'merged':
      if (!before || !after) return [{ kind: 'no answer', detail: '' }];
      return [
        ...fileComplaints(input, tried.result, before, after),
        ...(before.fileError === null && after.fileError === null
          ? [
              ...entryComplaints(tried.planned, before, after),
              ...accessComplaints(
                input,
                callers.map(({ arn }) => arn),
                before,
                after,
              ),
              ...countComplaints(tried.result, before, after),
            ]
          : []),
      ];
  }
}

function firstLine(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n', 1);
  return line.replace(/"[^"]*"|arn:\S*|\d+/gi, '…');
}

function isClean(version: Version | undefined): boolean {
  return version?.fileError === null && Object.keys(version.outcome.errors).length === 0;
}

/** Conditions that must be certain or safe before a removal. */
const OF_PRUNING = /^--prune /;

function refusalComplaints({ sound }: MergeCase, failure: Failure, before: Version | undefined): Complaint[] {
  const [problem] = failure.findings;
  const kind = firstLine(failure);
  const isSaid =
    problem?.help !== undefined && (problem.location !== undefined || OF_PRUNING.test(problem.message));
  return [
    ...(isSaid ? [] : [{ kind: `refused without place or next step: ${kind}`, detail: '' }]),
    ...(sound && isClean(before) && !OF_PRUNING.test(kind)
      ? [{ kind: `refused though sound: ${kind}`, detail: kind }]
      : []),
    ...(/mapRoles can't be parsed/.test(kind) &&
    before?.fileError === null &&
    !before.outcome.unparsable.mapRoles
      ? [{ kind: 'refused as unparsable, which the authenticator parses', detail: kind }]
      : []),
  ];
}

/** Everything but mapRoles stays. */
function fileComplaints(
  { options, source }: MergeCase,
  { changed, text }: MergeResult,
  before: Version,
  after: Version,
): Complaint[] {
  if (before.fileError !== null)
    return [{ kind: 'merged what kubectl cannot read', detail: before.fileError }];
  if (after.fileError !== null) return [{ kind: 'kubectl cannot read the result', detail: after.fileError }];
  const rest = options.for === null || options.for === 'replace' ? asItIs : withoutServerMetadata;
  const differ = (kind: string, one: unknown, other: unknown): Complaint[] =>
    JSON.stringify(one) === JSON.stringify(other)
      ? []
      : [{ kind, detail: `${JSON.stringify(one)} became ${JSON.stringify(other)}` }];
  return [
    ...differ('the rest of the file changed', rest(before.rest), rest(after.rest)),
    ...differ('mapUsers changed', before.data.mapUsers, after.data.mapUsers),
    ...differ('mapAccounts changed', before.data.mapAccounts, after.data.mapAccounts),
    ...(before.outcome.unparsable.mapRoles ? [{ kind: 'merged an unparsable map', detail: '' }] : []),
    ...(after.outcome.errors.mapRoles !== undefined && before.outcome.errors.mapRoles === undefined
      ? [{ kind: 'the result has an error that the input had not', detail: after.outcome.errors.mapRoles }]
      : []),
    ...(changed === (text === source) ? [{ kind: 'changed or not, it is told wrongly', detail: '' }] : []),
  ];
}

function asItIs(lines: string): string {
  return lines;
}

function withoutServerMetadata(lines: string): string {
  return JSON.stringify(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) =>
        JSON.parse(line, (key, value) =>
          /^(?:resourceVersion|uid|creationTimestamp|generation|managedFields|selfLink|kubectl.*)$/.test(key)
            ? undefined
            : key === 'annotations' && Object.keys(value).length === 0
              ? undefined
              : value,
        ),
      ),
  );
}

/** Entries outside Identity Center load as before, in order; all others as planned by the tool. */
function entryComplaints(planned: readonly ExpectedEntry[], before: Version, after: Version): Complaint[] {
  const foreign = ({ outcome }: Version) =>
    outcome.roles
      .filter(({ rolearn = '' }) => !PROVISIONED.test(asGoReads(rolearn)))
      .map((one) => JSON.stringify(one));
  const [old, now] = [foreign(before), foreign(after)];
  const plan = planned.map((entry) => JSON.stringify(mappingOf(entry)));
  const roles = after.outcome.roles.map((one) => JSON.stringify(one));
  return [
    ...(old.every((entry, index) => entry === now[index])
      ? []
      : [{ kind: 'an entry of others loads differently', detail: `${old} became ${now}` }]),
    ...(plan.join('\n') === roles.join('\n')
      ? []
      : [{ kind: 'entries load otherwise than planned', detail: `${plan} became ${roles}` }]),
  ];
}

function mappingOf({ arn, username, groups, sso }: ExpectedEntry) {
  const { partition = '', ...rest } = sso ?? {};
  const matcher = sso ? { sso: partition === '' ? rest : { ...rest, partition } } : { rolearn: arn };
  return { ...matcher, username, groups };
}

/** The tool's counts match the entries, and it reports what it overrides in mapUsers. */
function countComplaints(
  { counts, changes, findings }: MergeResult,
  before: Version,
  after: Version,
): Complaint[] {
  const [old, now] = [before.outcome.roles, after.outcome.roles];
  const count = (outcome: MapChange['outcome']) => changes.filter((one) => one.outcome === outcome).length;
  const overriding = changes.filter((one) => one.outcome === 'added' && one.overrides !== null).length;
  const isRight =
    now.length - old.length === count('added') - count('removed') &&
    counts.added === count('added') - overriding &&
    counts.updated === count('updated') + overriding &&
    counts.removed === count('removed') &&
    counts.rotated === count('rotated') &&
    old.length === changes.length - count('added');
  const isChanged = counts.added + counts.removed + counts.rotated + counts.updated > 0;
  const isSame = JSON.stringify(old) === JSON.stringify(now);
  return [
    ...(isRight && isChanged !== isSame
      ? []
      : [{ kind: 'the numbers are wrong', detail: JSON.stringify(counts) }]),
    ...(overriding > 0 && !findings.some(({ code }) => code === 'overridden-user')
      ? [{ kind: 'overrides a user in silence', detail: '' }]
      : []),
  ];
}
