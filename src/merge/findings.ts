import { offsetOf } from '../authenticator/authenticator-value.ts';
import { callerKey, overriddenUsers } from '../authenticator/caller-order.ts';
import { isNodeEntry } from '../authenticator/groups.ts';
import {
  describeLoss,
  type LoadError,
  type LoadedEntry,
  type LoadedMap,
  type LoadedMaps,
} from '../authenticator/loaded.ts';
import type { KubectlVerb } from '../configmap/server-metadata.ts';
import type { DesiredEntry } from '../entry.ts';
import type { Finding, Location } from '../errors.ts';
import { listed, printable, quoted } from '../text.ts';
import type { YamlNode } from '../yaml/node.ts';
import { nodesOf } from '../yaml/pairs.ts';
import { expectedEntries, hasEffective } from './expected.ts';
import type { EntryChange, MergeContext, UnwantedEntry, UnwantedReason } from './plan.ts';
import { isHumanAdmin } from './prune.ts';

interface Decisions {
  readonly loaded: LoadedMap;
  readonly changes: readonly EntryChange[];
  readonly additions: readonly DesiredEntry[];
  readonly removals: readonly UnwantedEntry[];
  /** Unwanted, but not removed. */
  readonly left: readonly UnwantedEntry[];
  readonly skippedRotations: readonly LoadedEntry[];
  readonly facts: MergeContext;
}

/** What there is to tell about a plan. */
export function planFindings(decisions: Decisions): MergeFinding[] {
  const { loaded, removals, skippedRotations, facts } = decisions;
  const pruneSkipped = facts.prune !== null && !facts.rotate;
  return [
    ...ofEntries('rotation-skipped', skippedRotations),
    ...(pruneSkipped ? [{ code: 'prune-skipped' } as const] : []),
    ...ofEntries(
      'pruned-entry',
      removals.map(({ entry }) => entry),
    ),
    ...ofEntries('role-gone', leftFor(decisions, 'gone')),
    ...ofEntries('unmapped-entry', leftFor(decisions, 'unmapped')),
    ...ofEntries('unmapped-entry', leftFor(decisions, 'rival')).map((one) => ({ ...one, areRivals: true })),
    ...ofEntries('shadowed-entry', leftFor(decisions, 'shadowed')),
    ...ofErrors(
      'dropped-item',
      loaded.errors.filter(({ loss }) => loss === 'dropped'),
    ),
    ...ofErrors('lost-field', lostFields(decisions)),
    ...(loaded.ignoredFrom === null ? [] : [{ code: 'ignored-text', offset: loaded.ignoredFrom } as const]),
    ...lockoutFindings(decisions),
  ];
}

type EntryCode = Extract<MergeFinding, { readonly entries: unknown }>['code'];
type ErrorCode = Extract<MergeFinding, { readonly errors: unknown }>['code'];

function ofEntries(code: EntryCode, entries: readonly LoadedEntry[]): MergeFinding[] {
  return entries.length > 0 ? [{ code, entries }] : [];
}

function ofErrors(code: ErrorCode, errors: readonly LoadError[]): MergeFinding[] {
  return errors.length > 0 ? [{ code, errors }] : [];
}

function leftFor({ left }: Decisions, wanted: UnwantedReason): LoadedEntry[] {
  return left.filter(({ reason }) => reason === wanted).map(({ entry }) => entry);
}

/** Those of fields that are written anew, or go with their entry, are none any more. */
function lostFields({ loaded, changes, removals }: Decisions): LoadError[] {
  const gone = new Set(removals.map(({ entry }) => entry.index));
  const mended = new Set(changes.flatMap(writtenNodes).map(offsetOf));
  return loaded.errors.filter(
    ({ loss, index, offset }) => loss === 'field' && !gone.has(index ?? -1) && !mended.has(offset),
  );
}

function writtenNodes({ entry, username, groups }: EntryChange): YamlNode[] {
  const fields = [
    username === null ? undefined : entry.fields.username,
    groups ? entry.fields.groups : undefined,
  ];
  return fields.flatMap((node) => (node ? [...nodesOf(node)] : []));
}

function lockoutFindings({ loaded, ...plan }: Decisions): MergeFinding[] {
  const after = expectedEntries(loaded.entries, plan);
  const findings: MergeFinding[] = [];
  if (!hasEffective(after, isNodeEntry)) findings.push({ code: 'no-node-entry' });
  if (hasEffective(loaded.entries, isHumanAdmin) && !hasEffective(after, isHumanAdmin))
    findings.push({ code: 'no-human-master' });
  return findings;
}

const COMMANDS: Readonly<Record<KubectlVerb, string>> = {
  apply: 'apply',
  replace: 'replace',
  'server-side-apply': 'apply --server-side',
};

/** What a merge has to tell besides its result; the codes are stable. */
export type MergeFinding =
  | { readonly code: 'shadowed-entry'; readonly entries: readonly LoadedEntry[] }
  | { readonly code: 'role-gone'; readonly entries: readonly LoadedEntry[] }
  | {
      readonly code: 'unmapped-entry';
      readonly entries: readonly LoadedEntry[];
      /** Their roles exist beside those of their permission sets that are mapped. */
      readonly areRivals?: boolean;
    }
  | { readonly code: 'pruned-entry'; readonly entries: readonly LoadedEntry[] }
  | { readonly code: 'rotation-skipped'; readonly entries: readonly LoadedEntry[] }
  | { readonly code: 'prune-skipped' }
  | { readonly code: 'dropped-item'; readonly errors: readonly LoadError[] }
  | { readonly code: 'lost-field'; readonly errors: readonly LoadError[] }
  | { readonly code: 'no-node-entry' }
  | { readonly code: 'empty-file' }
  | { readonly code: 'no-human-master' }
  | { readonly code: 'ignored-text'; readonly offset: number }
  | {
      readonly code: 'void-map-users' | 'void-map-accounts';
      readonly error: LoadError;
      readonly place: Location;
    }
  | {
      readonly code: 'overridden-user';
      readonly override: Override;
      readonly roleLine: number | undefined;
      readonly userLine: number | undefined;
    }
  | { readonly code: 'lock-dropped'; readonly keys: readonly string[] }
  | { readonly code: 'immutable-config-map' }
  | { readonly code: 'lock-missing'; readonly verb: KubectlVerb }
  | { readonly code: 'other-manifests'; readonly names: readonly string[]; readonly verb: KubectlVerb }
  | { readonly code: 'large-config-map'; readonly bytes: number; readonly most: number };

/** A finding as a sentence; `lineOf` leads from an offset in the text of mapRoles to a line of the file. */
export function describeFinding(
  finding: MergeFinding,
  lineOf: (offset: number) => number | undefined,
): Finding {
  const { code } = finding;
  const severity = code === 'pruned-entry' || code === 'lock-dropped' ? 'note' : 'warning';
  return { severity, code, message: sentenceOf(finding, lineOf) };
}

function sentenceOf(finding: MergeFinding, lineOf: (offset: number) => number | undefined): string {
  const arns = (entries: readonly LoadedEntry[]) =>
    listed(entries.map(({ arn, node }) => `${arn} (line ${lineOf(node.start)})`));
  switch (finding.code) {
    case 'shadowed-entry':
      return `a later entry for the same role beats ${arns(finding.entries)}; --prune removes such entries`;
    case 'role-gone':
      return `the role is gone, and no mapping names it: ${arns(finding.entries)}; --prune removes such entries`;
    case 'unmapped-entry':
      if (finding.areRivals)
        return `two roles of one permission set exist in one account, and the other one is mapped: ${arns(finding.entries)} stays as it is, also with --prune`;
      return `no mapping names the role of ${arns(finding.entries)}: whoever is assigned to it still gets in; --prune removes such entries`;
    case 'pruned-entry':
      return `removed ${arns(finding.entries)}`;
    case 'rotation-skipped':
      return `the inventory is too old to say that a role is gone: ${arns(finding.entries)} stays beside its successor; take a new snapshot, or raise --max-age`;
    case 'prune-skipped':
      return 'the inventory is too old to say that a role is gone: --prune removes nothing; take a new snapshot, or raise --max-age';
    case 'dropped-item':
      return `the authenticator drops items of mapRoles; they stay as they are: ${errorList(finding.errors, lineOf)}`;
    case 'lost-field':
      return `the authenticator loses fields in mapRoles; they stay as they are: ${errorList(finding.errors, lineOf)}`;
    case 'no-node-entry':
      return 'no entry lets nodes in: they are locked out unless they come in by access entries; --node-role adds one';
    case 'empty-file':
      return 'the file holds no entry and no manifest: it becomes a bare mapRoles list, as Kustomize generators take it, not a ConfigMap';
    case 'no-human-master':
      return 'no human is left in system:masters: whoever administered this cluster through aws-auth no longer does';
    case 'ignored-text':
      return `the authenticator looks no further than the first YAML document: what stands in mapRoles from line ${lineOf(finding.offset)} on counts for nothing`;
    case 'void-map-accounts':
      return `the authenticator cannot read mapAccounts, so nobody gets in through it; it stays as it is: ${placeOf(finding)}`;
    case 'void-map-users':
      return `the authenticator cannot read mapUsers, so nobody in it gets in; it stays as it is: ${placeOf(finding)}`;
    case 'overridden-user':
      return overrideText(finding);
    case 'lock-dropped':
      return `dropped ${listed(finding.keys)}: this is for a file in Git; applied to the cluster at once, it overwrites what somebody else changed meanwhile (--for replace and --for server-side-apply keep the lock)`;
    case 'immutable-config-map':
      return 'the ConfigMap is immutable, so the API server refuses this change: take immutable: true out, and let kubectl replace --force delete it and create it again';
    case 'lock-missing':
      return `there is no resourceVersion: kubectl ${COMMANDS[finding.verb]} will overwrite a change made meanwhile by somebody else`;
    case 'other-manifests':
      return `the output holds more than aws-auth, and kubectl ${COMMANDS[finding.verb]} writes it all back as it was read: ${listed(finding.names)}; read aws-auth alone: kubectl get configmap aws-auth -n kube-system -o yaml`;
    case 'large-config-map':
      return `kubectl apply will fail: it keeps a copy in an annotation, and with that the annotations take ${finding.bytes} bytes of at most ${finding.most}; kubectl replace or --for server-side-apply works`;
  }
}

function overrideText({
  override: { user, role, isNew },
  roleLine,
  userLine,
}: Extract<MergeFinding, { readonly code: 'overridden-user' }>): string {
  const text = `mapRoles (line ${roleLine}) overrides mapUsers (line ${userLine}) for ${printable(role.arn)}`;
  if (!isNew) return `${text}: ${namesText(user)} counts for nothing`;
  return `${text}: ${namesText(user)} becomes ${namesText(role)}`;
}

function placeOf({ place, error }: { readonly place: Location; readonly error: LoadError }): string {
  return `line ${place.line}, column ${place.column}: ${error.message}`;
}

function errorList(errors: readonly LoadError[], lineOf: (offset: number) => number | undefined): string {
  return listed(errors.map((error) => `line ${lineOf(error.offset)}: ${describeLoss(error)}`));
}

/** An entry of mapUsers that counts for nothing in a result, for mapRoles has one for the same ARN. */
export interface Override {
  readonly user: LoadedEntry;
  /** The entry of mapRoles that counts. */
  readonly role: LoadedEntry;
  /** The entry of mapUsers counted before, and with it what it gives. */
  readonly isNew: boolean;
}

/** What mapRoles overrides after a merge that leaves mapUsers alone. */
export function overridesAfter(before: LoadedMaps, after: LoadedMaps): Override[] {
  const overridden = overriddenUsers(entriesOf(after));
  const known = new Set([...overriddenUsers(entriesOf(before)).keys()].map(({ arn }) => callerKey(arn)));
  return [...overridden]
    .filter(([user]) => !user.shadowed)
    .map(([user, role]) => ({ user, role, isNew: !known.has(callerKey(user.arn)) }));
}

/** `username "a", groups ["b"]` */
export function namesText({ username, groups }: Pick<LoadedEntry, 'username' | 'groups'>): string {
  return `username ${quoted(username)}, groups [${(groups ?? []).map(quoted).join(', ')}]`;
}

function entriesOf({ mapRoles, mapUsers }: LoadedMaps) {
  return { mapRoles: mapRoles.entries, mapUsers: mapUsers.entries };
}
