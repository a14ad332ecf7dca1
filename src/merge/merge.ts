import { readMapRoles, readMapUsers } from '../authenticator/load.ts';
import type { LoadedMap, LoadedMaps } from '../authenticator/loaded.ts';
import { dropServerMetadata, type KubectlVerb, requireSize, serverPairs } from '../configmap/api-server.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import { editEntries } from '../configmap/edit-entries.ts';
import { requireRoleList } from '../configmap/find-config-map.ts';
import type { RenderOptions } from '../configmap/render.ts';
import { spliceText } from '../configmap/splice.ts';
import { findUnquotedTemplate, requireNoTemplates } from '../configmap/template.ts';
import type { DesiredEntry } from '../entry.ts';
import { bug, type Finding, refusal } from '../errors.ts';
import { applyEdits, type Edit, sortEdits } from '../yaml/edit.ts';
import { fileFindings, kubectlFindings, overrideFindings, planFindings } from './findings.ts';
import { planMerge } from './make-plan.ts';
import {
  countsOf,
  type Decision,
  decided,
  type LocationOf,
  type MergeContext,
  type MergeCounts,
  summaryOf,
} from './plan.ts';
import { type MergeDraft, verify } from './verify.ts';

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
  /** The maps as the authenticator loads them, from the input and from the result. */
  readonly before: LoadedMaps;
  readonly after: LoadedMaps;
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
  context: MergeContext,
  options: MergeOptions,
): MergeResult {
  requireSize(document);
  requireNoTemplates(document);
  const draft = draftMerge(document, desired, context, options);
  const { edits, decisions, maps, dropped } = draft;
  const text = applyEdits(document.source, edits);
  if (text === undefined) throw bug('the edits of the file overlap');
  // A plan that leads to no edit is verified too: what it promises would be missing.
  const { result, mapRoles } =
    edits.length > 0 || hasWork(decisions)
      ? verify(text, document, draft)
      : { result: document, mapRoles: maps.mapRoles };
  // The text of mapUsers is the same.
  const after = { mapRoles, mapUsers: maps.mapUsers };
  requireSize(result);
  const changed = edits.length > 0;
  const counts = countsOf(decisions);
  return {
    text,
    edits,
    findings: [
      ...planFindings(maps.mapRoles, decisions, context, locationsIn(document)),
      ...fileFindings(document, maps, changed),
      ...kubectlFindings(document, result, dropped, options.for),
      ...overrideFindings(maps, after, result),
    ],
    counts,
    decisions,
    result,
    before: maps,
    after,
    summary: summaryOf(counts),
    changed,
  };
}

function hasWork(decisions: readonly Decision[]): boolean {
  return decided(decisions, 'added', 'updated', 'rotated', 'removed').length > 0;
}

/**
 * Plans a merge and turns the plan into edits.
 * @throws Failure (exit 2) where the input is refused or a promise would be broken
 */
export function draftMerge(
  document: AwsAuthDocument,
  desired: readonly DesiredEntry[],
  context: MergeContext,
  options: MergeOptions,
): MergeDraft {
  const loaded = loadRoles(document);
  const maps = { mapRoles: loaded, mapUsers: readMapUsers(document.mapUsers?.text ?? '') };
  if (!document.configMap && loaded.list && desired.length > 0)
    requireRoleList(loaded.list, document.locationOf);
  const decisions = planMerge(maps, desired, context, locationsIn(document));
  const dropped = serverPairs(document, options.for);
  const wasEmpty = loaded.list === null || loaded.list.items.length === 0;
  const edits = sortEdits([
    ...spliceText(document, 'mapRoles', editText(document, loaded, decisions, options), wasEmpty),
    ...dropServerMetadata(document, dropped),
  ]);
  return { edits, dropped, decisions, maps };
}

const QUOTE_TEMPLATE =
  'Put the value that starts with {{ in double quotes: `aws-auth-sso check --fix-access` does it.';
const FIX_BY_HAND = 'Fix that line by hand; `aws-auth-sso check` says more about it.';

/** @throws Failure where the authenticator would lose the whole key */
export function loadRoles({ mapRoles }: AwsAuthDocument): LoadedMap {
  const loaded = readMapRoles(mapRoles?.text ?? '');
  const lost = loaded.errors.find(({ loss }) => loss === 'unparsable');
  if (!lost || !mapRoles) return loaded;
  const isTemplate = findUnquotedTemplate(mapRoles.text) >= 0;
  throw refusal({
    message: `the authenticator cannot parse mapRoles: ${lost.message}`,
    location: mapRoles.locationOf(Math.max(lost.offset, 0)),
    help: `${isTemplate ? QUOTE_TEMPLATE : FIX_BY_HAND} As it is, the map lets nobody in, nodes included.`,
  });
}

function locationsIn({ mapRoles, file }: AwsAuthDocument): LocationOf {
  return (offset) => mapRoles?.locationOf(offset) ?? { file };
}

/** The edits of the text of mapRoles. */
function editText(
  { mapRoles }: AwsAuthDocument,
  { list }: LoadedMap,
  decisions: readonly Decision[],
  options: RenderOptions,
): readonly Edit[] {
  if (!hasWork(decisions)) return [];
  const changes = decided(decisions, 'updated', 'rotated');
  const removals = decided(decisions, 'removed').map(({ entry }) => entry);
  const additions = decided(decisions, 'added').map(({ desired }) => desired);
  return editEntries(mapRoles, list, { changes, removals, additions }, options);
}
