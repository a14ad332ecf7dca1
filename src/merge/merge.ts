import type { LoadError, LoadedMap, LoadedMaps } from '../authenticator/loaded.ts';
import { readMapAccounts } from '../authenticator/read-accounts.ts';
import { readMapRoles, readMapUsers } from '../authenticator/read-map.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import { EditContext, strayText } from '../configmap/edit-context.ts';
import { editList, fillEmpty } from '../configmap/edit-entries.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import { requireRoleList } from '../configmap/find-config-map.ts';
import { groupDash, type RenderOptions } from '../configmap/render.ts';
import {
  dropServerMetadata,
  hasResourceVersion,
  type KubectlVerb,
  keyOf,
  serverPairs,
} from '../configmap/server-metadata.ts';
import { excessAnnotationBytes, MAX_ANNOTATION_BYTES, requireSize } from '../configmap/size.ts';
import { spliceMapRoles } from '../configmap/splice.ts';
import { findUnquotedTemplate, requireNoTemplates } from '../configmap/template.ts';
import type { DesiredEntry } from '../entry.ts';
import { bug, type Finding, type Location, refusal } from '../errors.ts';
import { applyEdits, type Edit, sortEdits } from '../yaml/edit.ts';
import { findForbidden } from '../yaml/forbidden.ts';
import type { Pair } from '../yaml/node.ts';
import { scalarAt } from '../yaml/pairs.ts';
import type { Decision } from './decisions.ts';
import { editEntry } from './edit-entry.ts';
import { type Expectation, expectationOf } from './expected.ts';
import { describeFinding, type MergeFinding, overridesAfter } from './findings.ts';
import { planMerge } from './make-plan.ts';
import { type MergeContext, type MergeCounts, type MergePlan, summaryOf } from './plan.ts';
import { verify } from './verify.ts';

export interface MergeOptions extends RenderOptions {
  /** What the result is meant for; null where that is not said. */
  readonly for: KubectlVerb | null;
}

export interface MergeResult {
  /** The whole file; the same string as before where nothing changes. */
  readonly text: string;
  /** What changed, in the order of the text; offsets are those of the input. */
  readonly edits: readonly Edit[];
  readonly findings: readonly Finding[];
  readonly counts: MergeCounts;
  /** What was decided about each entry, and by which rule; offsets are those of the input. */
  readonly decisions: readonly Decision[];
  /** The text, read again; the input where nothing was to be done. */
  readonly result: AwsAuthDocument;
  /** `2 added, 1 rotated, 14 unchanged, 1 unmapped` */
  readonly summary: string;
  readonly changed: boolean;
}

/**
 * Puts desired entries into an aws-auth file and verifies the result; every byte that need not change stays.
 * @throws Failure: exit 2 where the input is refused or a promise would be broken, exit 4 where the result is not as planned
 */
export function mergeAwsAuth(
  document: AwsAuthDocument,
  desired: readonly DesiredEntry[],
  facts: MergeContext,
  options: MergeOptions,
): MergeResult {
  requireSize(document);
  requireNoTemplates(document);
  const draft = draftMerge(document, desired, facts, options);
  const { edits, plan } = draft;
  const text = applyEdits(document.source, edits);
  if (text === undefined) throw bug('the edits of the file overlap');
  // A plan that leads to no edit is verified too: what it promises would be missing.
  const result = edits.length > 0 || hasWork(plan) ? verify(text, { before: document, ...draft }) : document;
  const lineOf = (offset: number) => document.mapRoles?.locationOf(offset).line;
  requireSize(result);
  const findings = [
    ...draft.findings,
    ...overrideFindings(draft.maps, result),
    ...sizeFindings(result, options.for),
  ];
  return {
    text,
    edits,
    findings: findings.map((finding) => describeFinding(finding, lineOf)),
    counts: plan.counts,
    decisions: plan.decisions,
    result,
    summary: summaryOf(plan.counts),
    changed: edits.length > 0,
  };
}

function hasWork({ changes, additions, removals }: MergePlan): boolean {
  return changes.length + additions.length + removals.length > 0;
}

/** Lines are those of the result. */
function overrideFindings(before: LoadedMaps, { mapRoles, mapUsers }: AwsAuthDocument): MergeFinding[] {
  if (before.mapUsers.entries.length === 0) return [];
  const after = {
    mapRoles: readMapRoles(mapRoles?.text ?? ''),
    mapUsers: readMapUsers(mapUsers?.text ?? ''),
  };
  return overridesAfter(before, after).map((override) => ({
    code: 'overridden-user',
    override,
    roleLine: mapRoles?.locationOf(override.role.node.start).line,
    userLine: mapUsers?.locationOf(override.user.node.start).line,
  }));
}

/** A merge that is not verified yet. */
export interface MergeDraft {
  /** Of the file, in the order of the text. */
  readonly edits: readonly Edit[];
  readonly expectation: Expectation;
  /** Pairs of metadata that the edits drop. */
  readonly dropped: ReadonlySet<Pair>;
  readonly plan: MergePlan;
  /** As loaded before the merge. */
  readonly maps: LoadedMaps;
  readonly findings: readonly MergeFinding[];
}

/**
 * Plans a merge and turns the plan into edits.
 * @throws Failure (exit 2) where the input is refused or a promise would be broken
 */
export function draftMerge(
  document: AwsAuthDocument,
  desired: readonly DesiredEntry[],
  facts: MergeContext,
  options: MergeOptions,
): MergeDraft {
  const maps = loadMaps(document);
  const loaded = maps.mapRoles;
  if (!document.configMap && loaded.list && desired.length > 0)
    requireRoleList(loaded.list, document.locationOf);
  const plan = planMerge(maps, desired, facts, placesIn(document));
  const dropped = serverPairs(document, options.for);
  const edits = sortEdits([
    ...spliceMapRoles(document, editText(document, loaded, plan, options), isEmpty(loaded)),
    ...dropServerMetadata(document, dropped),
  ]);
  const findings = [
    ...plan.findings,
    ...(isEmptyFile(document, loaded) && edits.length > 0 ? [{ code: 'empty-file' } as const] : []),
    ...voidFindings(document, maps),
    ...verbFindings(document, dropped, options.for),
    ...(edits.length > 0 && isImmutable(document) ? [{ code: 'immutable-config-map' } as const] : []),
  ];
  return { edits, expectation: expectationOf(loaded, plan), dropped, plan, maps, findings };
}

/** @throws Failure where the authenticator would lose all of mapRoles */
function loadMaps(document: AwsAuthDocument): LoadedMaps {
  return { mapRoles: loadRoles(document), mapUsers: readMapUsers(document.mapUsers?.text ?? '') };
}

const QUOTE_TEMPLATE =
  'Put the value that starts with {{ in double quotes: `aws-auth-sso check --fix-access` does it.';
const FIX_BY_HAND = 'Fix that line by hand; `aws-auth-sso check` says more about it.';

/** @throws Failure where the authenticator would lose the whole key */
function loadRoles({ mapRoles }: AwsAuthDocument): LoadedMap {
  const loaded = readMapRoles(mapRoles?.text ?? '');
  const lost = loaded.errors.find(({ loss }) => loss === 'unparsable');
  if (!lost || !mapRoles) return loaded;
  const isTemplate = findUnquotedTemplate(mapRoles.text) >= 0;
  throw refusal({
    message: `the authenticator loses all of mapRoles here: ${lost.message}`,
    location: mapRoles.locationOf(Math.max(lost.offset, 0)),
    help: `${isTemplate ? QUOTE_TEMPLATE : FIX_BY_HAND} As it is, the map lets nobody in, nodes included.`,
  });
}

function placesIn({ mapRoles, file }: AwsAuthDocument): (offset: number) => Location {
  return (offset) => mapRoles?.locationOf(offset) ?? { file };
}

function isEmptyFile({ configMap }: AwsAuthDocument, { list }: LoadedMap): boolean {
  return configMap === null && list === null;
}

function isEmpty({ list }: LoadedMap): boolean {
  return list === null || list.items.length === 0;
}

/** The edits of the text of mapRoles. */
function editText(
  { mapRoles }: AwsAuthDocument,
  loaded: LoadedMap,
  plan: MergePlan,
  options: RenderOptions,
): readonly Edit[] {
  const { changes, additions, removals } = plan;
  if (changes.length + additions.length + removals.length === 0) return [];
  const stray = (offset: number) => (mapRoles ? strayText(mapRoles, offset) : bug('there is no mapRoles'));
  if (!mapRoles) return fillEmpty('', additions, options, stray);
  requireNoControls(mapRoles);
  if (!loaded.list || isEmpty(loaded))
    return requireFilled(mapRoles, fillEmpty(mapRoles.text, additions, options, stray));
  const context = new EditContext(mapRoles, loaded.list);
  const dash = changes.length > 0 ? groupDash(mapRoles.text, loaded.list) : 0;
  const edits = [
    ...changes.flatMap((change) => editEntry(context, change, dash)),
    ...editList(context, plan, options),
  ];
  return [...edits, ...context.shared.expansions(edits)];
}

/**
 * The authenticator reads a text piece by piece, so whether it stumbles over what stands behind the first document depends on the
 * length of what stands in front.
 * @throws Failure where it would stumble, did it read on
 */
function requireNoControls(mapRoles: EmbeddedText): void {
  const control = findForbidden(mapRoles.text);
  if (!control) return;
  throw refusal({
    message:
      'a control character stands behind the first document of mapRoles: the authenticator may lose all of mapRoles over it once the text in front of it is longer or shorter',
    location: mapRoles.locationOf(control.offset),
    help: 'Take it out, or all that stands behind the first document: the authenticator ignores it.',
  });
}

/** @throws Failure where something in the text keeps entries from being read behind it */
function requireFilled(mapRoles: EmbeddedText, edits: readonly Edit[]): readonly Edit[] {
  const { entries } = readMapRoles(applyEdits(mapRoles.text, edits) ?? '');
  if (entries.length > 0) return edits;
  throw refusal({
    message: 'mapRoles loads as empty, but holds something that entries cannot stand behind',
    location: mapRoles.locationOf(0),
    help: 'Empty it, or make it the list that it should be.',
  });
}

/** They are not ours to change, but nobody in them gets in. */
function voidFindings({ mapUsers, mapAccounts }: AwsAuthDocument, maps: LoadedMaps): MergeFinding[] {
  return [
    ...voidFinding('void-map-users', mapUsers, maps.mapUsers.errors),
    ...voidFinding('void-map-accounts', mapAccounts, mapAccounts && readMapAccounts(mapAccounts.text).errors),
  ];
}

function voidFinding(
  code: 'void-map-users' | 'void-map-accounts',
  text: EmbeddedText | null,
  errors: readonly LoadError[] | null,
): MergeFinding[] {
  const error = errors?.find(({ loss }) => loss === 'unparsable');
  return text && error ? [{ code, error, place: text.locationOf(Math.max(error.offset, 0)) }] : [];
}

/** The API server takes no change of its data, by whatever command. */
function isImmutable({ configMap }: AwsAuthDocument): boolean {
  return configMap !== null && scalarAt(configMap.root, 'immutable') === 'true';
}

/** What the kubectl command that the result is meant for will do besides. */
function verbFindings(
  document: AwsAuthDocument,
  dropped: ReadonlySet<Pair>,
  verb: KubectlVerb | null,
): MergeFinding[] {
  if (verb === null || !document.configMap) return [];
  const others: MergeFinding[] =
    verb !== 'replace' && document.others.length > 0
      ? [{ code: 'other-manifests', names: document.others, verb }]
      : [];
  if (verb === 'apply')
    return dropped.size > 0 ? [...others, { code: 'lock-dropped', keys: [...dropped].map(keyOf) }] : others;
  return hasResourceVersion(document) ? others : [...others, { code: 'lock-missing', verb }];
}

/** A client-side `kubectl apply` of a result may fail, if that is what it is for. */
function sizeFindings(result: AwsAuthDocument, verb: KubectlVerb | null): MergeFinding[] {
  const bytes = verb === 'apply' ? excessAnnotationBytes(result) : null;
  return bytes === null ? [] : [{ code: 'large-config-map', bytes, most: MAX_ANNOTATION_BYTES }];
}
