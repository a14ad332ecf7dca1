import { type FixResult, fix } from '../../src/aws-auth/lint/fix.ts';
import { lint } from '../../src/aws-auth/lint/lint.ts';
import { type LintDocument, readLintDocument } from '../../src/aws-auth/lint/lint-document.ts';
import type { LintFinding } from '../../src/aws-auth/lint/rule.ts';
import { readMapRoles, readMapUsers } from '../../src/aws-auth/read/read-map.ts';
import { Failure } from '../../src/errors.ts';
import { quoted } from '../../src/printable.ts';
import { blockItems, flowItems } from '../../src/yaml/list-items.ts';
import { type Answer, ask, type Caller, type Identity, type Mapping, type Version } from './authenticator.ts';
import type { AwsAuthFile } from './aws-auth-files.ts';
import { type Complaint, type Judged, withFewerLines } from './complaint.ts';

/** What the tool says of a file and makes of it. */
interface Checked {
  readonly document: LintDocument;
  readonly findings: readonly LintFinding[];
  readonly fixed: FixResult | Failure;
  readonly fixedAccess: FixResult | Failure;
}

type Attempt = Checked | Failure;

/** Checks and fixes, and has the authenticator say what it makes of the files before and after. */
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

/** The file with a little less in it. */
export function smallerFiles(input: AwsAuthFile): AwsAuthFile[] {
  const { source } = input;
  return [
    ...withFewerLines(input),
    ...(source.includes('\r') ? [{ ...input, source: source.replaceAll('\r', '') }] : []),
  ];
}

function attempt({ source }: AwsAuthFile): Attempt {
  return tried(() => {
    const document = readLintDocument(source, 'f.yaml');
    return {
      document,
      findings: lint(document),
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
    ...findingComplaints(input, tried, before, callers),
  ];
}

function failureOf(what: string, { message }: Failure): Complaint {
  return { kind: `${what} fails: ${message.replace(/"[^"]*"|arn:\S*|\d+/g, '…')}`, detail: message };
}

/** A safe fix changes nobody's access, and nothing but what the authenticator reads. */
function fixComplaints(before: Version, after: Version): Complaint[] {
  if (before.fileError !== null || after.fileError !== null)
    return before.fileError === after.fileError
      ? []
      : [{ kind: '--fix changes whether kubectl can read the file', detail: `${after.fileError}` }];
  return [
    ...differ('--fix changes the rest of the file', before.rest, after.rest),
    ...differ('--fix changes who gets in', before.identities.map(plain), after.identities.map(plain)),
    ...differ('--fix changes the accounts', accountsIn(before), accountsIn(after)),
  ];
}

function differ(kind: string, one: unknown, other: unknown): Complaint[] {
  const [before, after] = [JSON.stringify(one), JSON.stringify(other)];
  return before === after ? [] : [{ kind, detail: `${before} became ${after}` }];
}

/** No groups and an empty list of them are one; so are two that say the same, of which one counts by chance. */
function plain(identities: readonly Identity[]): string[] {
  const texts = identities.map(({ username, groups }) => JSON.stringify([username, groups ?? []]));
  return [...new Set(texts)].toSorted();
}

function accountsIn({ outcome }: Version): string[] {
  return [...new Set(outcome.accounts)].filter((account) => /^\d{12}$/.test(account)).toSorted();
}

/** What is said to be effective now is what the mapper resolves now and did not before; and nobody is locked out. */
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
        kind: '--fix-access does not say who gets in',
        detail: line,
      })),
    ...said
      .filter((line) => !expected.includes(line))
      .map((line) => ({
        kind: '--fix-access says that somebody gets in',
        detail: line,
      })),
    ...(isLost ? [{ kind: '--fix-access locks somebody out', detail: JSON.stringify({ old, now }) }] : []),
    ...(before.fileError === null ? differ('--fix-access changes the rest', before.rest, after.rest) : []),
  ];
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k');
}

function namesText(identity: string): string {
  const [username, groups]: [string, string[]] = JSON.parse(identity);
  return `username ${quoted(username)}, groups [${groups.map(quoted).join(', ')}]`;
}

/** An item of mapRoles or mapUsers, where it stands, and what the authenticator makes of it. */
interface Item {
  readonly key: 'mapRoles' | 'mapUsers';
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** Other items may take something from it. */
  readonly isShared: boolean;
  /** Null: it is dropped. */
  readonly entry: Mapping | null;
}

function itemsOf({ texts, source }: LintDocument, { outcome }: Version): Item[] {
  return (['mapRoles', 'mapUsers'] as const).flatMap((key) => {
    const embedded = texts[key]?.embedded;
    if (!embedded) return [];
    const loaded = key === 'mapRoles' ? readMapRoles(embedded.text) : readMapUsers(embedded.text);
    const kept = key === 'mapRoles' ? outcome.roles : outcome.users;
    const positions = new Map(loaded.entries.map(({ index }, position) => [index, position]));
    const items = loaded.list?.items ?? [];
    const [, keyEnd] = rangeOf(key, texts, source);
    const places = loaded.list ? (loaded.list.flow ? flowItems : blockItems)(embedded.text, loaded.list) : [];
    const starts = [...places.map((place) => embedded.offsets.startOf(place.start)), keyEnd];
    return items.map((_, index): Item => {
      const entry = kept[positions.get(index) ?? -1] ?? null;
      const [start = 0, end = keyEnd] = starts.slice(index);
      const isShared = source.slice(start, end).includes('&');
      return { key, index, start, end, isShared, entry };
    });
  });
}

/** Errors that say that nobody gets in through an entry, or through all of a key. */
const NEVER: ReadonlySet<string> = new Set([
  ...[
    'permission-set-arn',
    'missing-suffix',
    'identity-center-user',
    'session-arn',
    'path-in-arn',
    'wildcard-arn',
  ],
  ...[
    'whitespace-in-arn',
    'not-an-identity',
    'malformed-arn',
    'mixed-partition',
    'sso-matcher',
    'dropped-entry',
  ],
  ...[
    'duplicate-arn',
    'overridden-user',
    'node-variable-on-human',
    'void-map',
    'not-a-list',
    'unquoted-template',
  ],
  ...['not-yaml', 'real-list', 'not-a-text'],
]);

/** In a sound file there may be an entry that lets nobody in, but nothing that is lost, or is no entry. */
const OF_SOUND: ReadonlySet<string> = new Set([
  ...[
    'permission-set-arn',
    'path-in-arn',
    'duplicate-arn',
    'overridden-user',
    'ambiguous-user',
    'swallowed-entry',
  ],
  ...['malformed-account-id', 'whitespace-in-arn'],
]);

function soundComplaints(errors: readonly LintFinding[]): Complaint[] {
  return errors
    .filter(({ rule }) => !OF_SOUND.has(rule))
    .map(({ rule, message }) => ({ kind: `${rule} in a sound file`, detail: message }));
}

function findingComplaints(
  { sound }: AwsAuthFile,
  { document, findings }: Checked,
  before: Version,
  callers: readonly Caller[],
): Complaint[] {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (before.fileError !== null)
    return errors.length > 0
      ? []
      : [{ kind: 'no error though kubectl cannot read the file', detail: before.fileError }];
  const items = itemsOf(document, before);
  return [
    ...(sound ? soundComplaints(errors) : []),
    ...items.flatMap((item) => itemComplaints(item, findings, before, callers)),
    ...keyComplaints(document, errors, before),
  ];
}

function itemComplaints(
  { key, index, start, end, isShared, entry }: Item,
  findings: readonly LintFinding[],
  { identities, outcome }: Version,
  callers: readonly Caller[],
): Complaint[] {
  const here = findings.filter((finding) => finding.start >= start && finding.start < end);
  const detail = `${key} ${index + 1}: ${JSON.stringify(entry)}`;
  const arn = entry ? arnOf(entry) : '';
  const resolved = plain(identities[callers.findIndex((caller) => caller.arn === fold(arn))] ?? []);
  if (entry !== null && isThrough(key, entry, resolved, outcome)) {
    const wrong = here.filter(({ rule, severity }) => !isShared && severity === 'error' && NEVER.has(rule));
    return wrong.map(({ rule, message }) => ({
      kind: `${rule} of an entry that lets somebody in`,
      detail: `${message}, ${detail}`,
    }));
  }
  // What comes through an alias is told where it is written.
  const about = findings.filter(
    (finding) => here.includes(finding) || (arn !== '' && finding.message.includes(arn)),
  );
  const rules = [...new Set(about.map(({ rule }) => rule))].toSorted().join(' ');
  if (about.length === 0) return [{ kind: 'nothing is said of an entry that lets nobody in', detail }];
  if (about.some(({ severity }) => severity === 'error') || isRepeated(entry, resolved, outcome)) return [];
  return [{ kind: `no error of an entry that lets nobody in, but ${rules}`, detail }];
}

/** Whether it is this entry, and no other, through which the caller with its ARN gets in. */
function isThrough(
  key: Item['key'],
  entry: Mapping,
  identities: readonly string[],
  { roles, users }: Version['outcome'],
): boolean {
  if (!identities.includes(plain([entry])[0] ?? '')) return false;
  const arn = fold(arnOf(entry));
  if (key === 'mapRoles')
    return (
      roles.findLast(({ rolearn = '' }) => rolearn.toLowerCase() === entry.rolearn?.toLowerCase()) === entry
    );
  const isOverridden = roles.some(({ rolearn = '' }) => fold(rolearn) === arn);
  return !isOverridden && users.findLast(({ userarn = '' }) => userarn === entry.userarn) === entry;
}

/** Whether what counts in its place, or overrides it, says the same. */
function isRepeated(
  entry: Mapping | null,
  resolved: readonly string[],
  { roles, users }: Version['outcome'],
): boolean {
  if (!entry) return false;
  const same = JSON.stringify(plain([entry]));
  const others = [...roles, ...users].filter(
    (other) =>
      other !== entry && fold(arnOf(other)) === fold(arnOf(entry)) && JSON.stringify(plain([other])) === same,
  );
  return others.length > 0 || resolved.includes(plain([entry])[0] ?? '');
}

function arnOf({ rolearn, userarn }: Mapping): string {
  return rolearn ?? userarn ?? '';
}

/** Where the authenticator complains of a key, so does the tool, and it calls no key unparsable that the authenticator parses. */
function keyComplaints(
  { texts, source }: LintDocument,
  errors: readonly LintFinding[],
  { outcome }: Version,
): Complaint[] {
  return (['mapRoles', 'mapUsers', 'mapAccounts'] as const).flatMap((key) => {
    const text = texts[key];
    if (!text) return [];
    const [start, end] = rangeOf(key, texts, source);
    const here = errors.filter((finding) => finding.start >= start && finding.start < end);
    const error = outcome.errors[key];
    if (error !== undefined && here.length === 0)
      return [{ kind: `no error though the authenticator has one of ${key}`, detail: error }];
    const wrong = here.filter(({ rule }) =>
      /^(?:void-map|not-a-list|unquoted-template|lost-field)$/.test(rule),
    );
    return error === undefined
      ? wrong.map(({ rule, message }) => ({
          kind: `${rule} though the authenticator has no error`,
          detail: message,
        }))
      : [];
  });
}

/** From one key of data to the next. */
function rangeOf(
  key: keyof LintDocument['texts'],
  texts: LintDocument['texts'],
  source: string,
): [number, number] {
  const start = texts[key]?.pair?.key.start ?? 0;
  const others = Object.values(texts).flatMap((text) => text?.pair?.key.start ?? []);
  return [start, Math.min(...others.filter((other) => other > start), source.length + 1)];
}
