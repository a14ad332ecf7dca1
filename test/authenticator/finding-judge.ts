import type { AwsAuthDocument } from '../../src/aws-auth/document.ts';
import { listItems } from '../../src/aws-auth/edit-list.ts';
import { readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import type { CheckFinding } from '../../src/check/rule.ts';
import { MAP_KEYS, type MapKey } from '../../src/map-entry.ts';
import type { Caller, Mapping, Version } from './authenticator.ts';
import type { AwsAuthFile } from './aws-auth-files.ts';
import type { Complaint } from './complaint.ts';
import { fold, plain } from './identities.ts';

/** An item of mapRoles or mapUsers, its position, and how the authenticator loads it. */
interface Item {
  readonly key: 'mapRoles' | 'mapUsers';
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** True if other items may refer to parts of it. */
  readonly isShared: boolean;
  /** Null: it is dropped. */
  readonly entry: Mapping | null;
}

function itemsOf(document: AwsAuthDocument, { outcome }: Version): Item[] {
  return (['mapRoles', 'mapUsers'] as const).flatMap((key) => {
    const embedded = document[key];
    if (!embedded) return [];
    const loaded = key === 'mapRoles' ? readMapRoles(embedded.text) : readMapUsers(embedded.text);
    const kept = key === 'mapRoles' ? outcome.roles : outcome.users;
    const positions = new Map(loaded.entries.map(({ index }, position) => [index, position]));
    const items = loaded.list?.items ?? [];
    const [, keyEnd] = rangeOf(key, document);
    const places = loaded.list ? listItems(embedded.text, loaded.list) : [];
    const starts = [...places.map((place) => embedded.offsets.startOf(place.start)), keyEnd];
    return items.map((_, index): Item => {
      const entry = kept[positions.get(index) ?? -1] ?? null;
      const [start = 0, end = keyEnd] = starts.slice(index);
      const isShared = document.source.slice(start, end).includes('&');
      return { key, index, start, end, isShared, entry };
    });
  });
}

/** Errors that report that an entry, or a whole key, grants no access. */
const NEVER: ReadonlySet<string> = new Set([
  ...[
    'permission-set-arn',
    'missing-suffix',
    'identity-center-user',
    'assumed-role-arn',
    'path-in-arn',
    'wildcard-arn',
  ],
  ...[
    'whitespace-in-arn',
    'not-a-role-or-user',
    'malformed-arn',
    'mixed-partition',
    'sso-matcher',
    'dropped-entry',
  ],
  ...[
    'duplicate-arn',
    'overridden-user',
    'node-variable-on-human',
    'unparsable-map',
    'not-a-list',
    'unquoted-template',
  ],
  ...['invalid-yaml', 'list-not-string', 'value-not-string'],
]);

/** A sound file may have an entry that grants no access, but nothing lost, and nothing that is not an entry. */
const OF_SOUND: ReadonlySet<string> = new Set([
  ...[
    'permission-set-arn',
    'path-in-arn',
    'duplicate-arn',
    'overridden-user',
    'ambiguous-user',
    'duplicate-field',
  ],
  ...['malformed-account-id', 'whitespace-in-arn'],
]);

function soundComplaints(errors: readonly CheckFinding[]): Complaint[] {
  return errors
    .filter(({ code }) => !OF_SOUND.has(code))
    .map(({ code, message }) => ({ kind: `${code} in a sound file`, detail: message }));
}

/**
 * Every error is true: the entry as written grants no access; and there is an error for every complaint of the
 * authenticator and every entry without access.
 */
export function findingComplaints(
  { sound }: AwsAuthFile,
  document: AwsAuthDocument,
  findings: readonly CheckFinding[],
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
  findings: readonly CheckFinding[],
  { identities, outcome }: Version,
  callers: readonly Caller[],
): Complaint[] {
  const here = findings.filter((finding) => finding.start >= start && finding.start < end);
  const detail = `${key} ${index + 1}: ${JSON.stringify(entry)}`;
  const arn = entry ? arnOf(entry) : '';
  const resolved = plain(identities[callers.findIndex((caller) => caller.arn === fold(arn))] ?? []);
  if (entry !== null && isThrough(key, entry, resolved, outcome)) {
    const wrong = here.filter(({ code, severity }) => !isShared && severity === 'error' && NEVER.has(code));
    return wrong.map(({ code, message }) => ({
      kind: `${code} for an entry that grants access`,
      detail: `${message}, ${detail}`,
    }));
  }
  // Values from an alias are reported where they are written.
  const about = findings.filter(
    (finding) => here.includes(finding) || (arn !== '' && finding.message.includes(arn)),
  );
  const rules = [...new Set(about.map(({ code }) => code))].toSorted().join(' ');
  if (about.length === 0) return [{ kind: 'no finding for an entry that grants no access', detail }];
  if (about.some(({ severity }) => severity === 'error') || isRepeated(entry, resolved, outcome)) return [];
  return [{ kind: `no error for an entry that grants no access, but ${rules}`, detail }];
}

/** True if this entry, and no other, grants access to the caller with its ARN. */
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

/** True if the entry that takes effect instead, or overrides it, is the same. */
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

/**
 * If the authenticator complains about a key, so does the tool; the tool calls no key unparsable that the
 * authenticator parses.
 */
function keyComplaints(
  document: AwsAuthDocument,
  errors: readonly CheckFinding[],
  { outcome }: Version,
): Complaint[] {
  return (['mapRoles', 'mapUsers', 'mapAccounts'] as const).flatMap((key) => {
    const text = document[key];
    if (!text) return [];
    const [start, end] = rangeOf(key, document);
    const here = errors.filter((finding) => finding.start >= start && finding.start < end);
    const error = outcome.errors[key];
    if (error !== undefined && here.length === 0)
      return [{ kind: `no error though the authenticator has one of ${key}`, detail: error }];
    const wrong = here.filter(({ code }) =>
      /^(?:unparsable-map|not-a-list|unquoted-template|field-not-string)$/.test(code),
    );
    return error === undefined
      ? wrong.map(({ code, message }) => ({
          kind: `${code} though the authenticator has no error`,
          detail: message,
        }))
      : [];
  });
}

/** From one key of data to the next. */
function rangeOf(key: MapKey, document: AwsAuthDocument): [number, number] {
  const start = document[key]?.pair?.key.contentStart ?? 0;
  const others = MAP_KEYS.flatMap((one) => document[one]?.pair?.key.contentStart ?? []);
  return [start, Math.min(...others.filter((other) => other > start), document.source.length + 1)];
}
