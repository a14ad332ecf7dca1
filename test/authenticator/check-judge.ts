import { type AwsAuthDocument, readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument } from '../../src/check/check.ts';
import { type FixResult, fix } from '../../src/check/fix.ts';
import type { CheckFinding } from '../../src/check/rule.ts';
import { Failure } from '../../src/errors.ts';
import { quoted } from '../../src/text.ts';
import { type Answer, ask, type Caller, type Version } from './authenticator.ts';
import type { AwsAuthFile } from './aws-auth-files.ts';
import { type Complaint, type Judged, withFewerLines } from './complaint.ts';
import { findingComplaints } from './finding-judge.ts';
import { fold, plain } from './identities.ts';

/** The tool's findings and its result for a file. */
interface Checked {
  readonly document: AwsAuthDocument;
  readonly findings: readonly CheckFinding[];
  readonly fixed: FixResult | Failure;
  readonly fixedAccess: FixResult | Failure;
}

type Attempt = Checked | Failure;

/** Checks and fixes files, and has the authenticator evaluate them before and after. */
export function judgeChecks(files: readonly AwsAuthFile[]): Judged<AwsAuthFile>[] {
  const attempts = files.map(attempt);
  const answers = ask(
    files.map(({ source, bare }, index) => {
      const tried = attempts[index];
      const versions =
        tried && !(tried instanceof Failure)
          ? [source, textOf(tried.fixed, source), textOf(tried.fixedAccess, source)]
          : [source];
      return bare ? { lists: versions } : { files: versions };
    }),
  );
  return files.map((input, index) => {
    const [tried, answer] = [attempts[index], answers[index]];
    if (!tried || !answer) throw new Error('an answer is missing');
    return { input, complaints: complaintsOf(input, tried, answer) };
  });
}

/** Slightly smaller versions of the file. */
export function smallerFiles(input: AwsAuthFile): AwsAuthFile[] {
  const { source } = input;
  return [
    ...withFewerLines(input),
    ...(source.includes('\r') ? [{ ...input, source: source.replaceAll('\r', '') }] : []),
  ];
}

function attempt({ source }: AwsAuthFile): Attempt {
  return tried(() => {
    const document = readWithProblems(source, 'f.yaml');
    return {
      document,
      findings: checkDocument(document),
      fixed: tried(() => fix(document, { access: false })),
      fixedAccess: tried(() => fix(document, { access: true })),
    };
  });
}

function tried<Result>(act: () => Result): Result | Failure {
  try {
    return act();
  } catch (error) {
    return error instanceof Failure ? error : new Failure(4, [{ message: String(error) }], error);
  }
}

function textOf(result: FixResult | Failure, source: string): string {
  return result instanceof Failure ? source : result.text;
}

function complaintsOf(input: AwsAuthFile, tried: Attempt, { versions, callers }: Answer): Complaint[] {
  if (tried instanceof Failure) return tried.exitCode === 2 ? [] : [failureOf('check', tried)];
  const [before, fixed, fixedAccess] = versions;
  if (!before || !fixed || !fixedAccess) return [{ kind: 'no answer', detail: '' }];
  return [
    ...(tried.fixed instanceof Failure ? [failureOf('--fix', tried.fixed)] : fixComplaints(before, fixed)),
    ...(tried.fixedAccess instanceof Failure
      ? [failureOf('--fix-access', tried.fixedAccess)]
      : effectComplaints(tried.fixedAccess, before, fixedAccess, callers)),
    ...findingComplaints(input, tried.document, tried.findings, before, callers),
  ];
}

function failureOf(what: string, { message }: Failure): Complaint {
  return { kind: `${what} fails: ${message.replace(/"[^"]*"|arn:\S*|\d+/g, '…')}`, detail: message };
}

/** A safe fix changes nobody's access, and only what the authenticator reads. */
function fixComplaints(before: Version, after: Version): Complaint[] {
  if (before.fileError !== null || after.fileError !== null)
    return before.fileError === after.fileError
      ? []
      : [{ kind: '--fix changes whether kubectl can read the file', detail: `${after.fileError}` }];
  return [
    ...differ('--fix changes the rest of the file', before.rest, after.rest),
    ...differ('--fix changes who has access', before.identities.map(plain), after.identities.map(plain)),
    ...differ('--fix changes the accounts', accountsIn(before), accountsIn(after)),
  ];
}

function differ(kind: string, one: unknown, other: unknown): Complaint[] {
  const [before, after] = [JSON.stringify(one), JSON.stringify(other)];
  return before === after ? [] : [{ kind, detail: `${before} became ${after}` }];
}

function accountsIn({ outcome }: Version): string[] {
  return [...new Set(outcome.accounts)].filter((account) => /^\d{12}$/.test(account)).toSorted();
}

/**
 * Everything reported as effective now is what the mapper resolves now and did not before, and nobody is locked out.
 */
function effectComplaints(
  { effective }: FixResult,
  before: Version,
  after: Version,
  callers: readonly Caller[],
): Complaint[] {
  if (after.fileError !== null)
    return differ(
      '--fix-access changes whether kubectl can read the file',
      before.fileError,
      after.fileError,
    );
  const old = callers.map((_, index) => plain(before.identities?.[index] ?? []));
  const now = callers.map((_, index) => plain(after.identities[index] ?? []));
  const accounts = before.fileError === null ? accountsIn(before) : [];
  const changes = callers.flatMap(({ arn }, index) => {
    const identities = now[index] ?? [];
    if (JSON.stringify(identities) === JSON.stringify(old[index]) || identities.length === 0) return [];
    return [`now effective: ${arn}, ${identities.map(namesText).toSorted().join(', or ')}`];
  });
  const newAccounts = accountsIn(after)
    .filter((account) => !accounts.includes(account))
    .map((account) => `now effective: everyone in account ${account}`);
  const expected = [...new Set([...changes, ...newAccounts])];
  const said = effective.map((line) => line.replace(/effective: [^,]*/, fold));
  const isLost = now.some((identities, index) => identities.length === 0 && (old[index] ?? []).length > 0);
  return [
    ...expected
      .filter((line) => !said.includes(line))
      .map((line) => ({
        kind: '--fix-access does not report who has access',
        detail: line,
      })),
    ...said
      .filter((line) => !expected.includes(line))
      .map((line) => ({
        kind: '--fix-access reports access that someone does not have',
        detail: line,
      })),
    ...(isLost ? [{ kind: '--fix-access locks somebody out', detail: JSON.stringify({ old, now }) }] : []),
    ...(before.fileError === null ? differ('--fix-access changes the rest', before.rest, after.rest) : []),
  ];
}

function namesText(identity: string): string {
  const [username, groups]: [string, string[]] = JSON.parse(identity);
  return `username ${quoted(username)}, groups [${groups.map(quoted).join(', ')}]`;
}
