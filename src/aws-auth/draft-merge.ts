import type { DesiredEntry } from '../entry.ts';
import { type Place, refusal } from '../errors.ts';
import { applyEdits, type Edit, sortEdits } from '../yaml/edit.ts';
import type { Pair } from '../yaml/node.ts';
import { requireRoleList } from './document/bare-list.ts';
import type { AwsAuthDocument } from './document/document.ts';
import type { EmbeddedText } from './document/embedded-text.ts';
import { dropServerMetadata, hasResourceVersion, keyOf, serverPairs } from './document/server-metadata.ts';
import { EditContext } from './edit/edit-context.ts';
import { editEntry } from './edit/edit-entry.ts';
import { editList } from './edit/edit-list.ts';
import { fillEmpty } from './edit/fill-empty.ts';
import { groupDash } from './edit/list-style.ts';
import { spliceMapRoles } from './edit/splice.ts';
import type { MergeOptions } from './merge.ts';
import { type Expectation, expectationOf } from './plan/expectation.ts';
import type { MergeFacts } from './plan/merge-facts.ts';
import type { MergeFinding } from './plan/merge-finding.ts';
import type { MergeCounts, MergePlan } from './plan/plan.ts';
import { planMerge } from './plan/plan-merge.ts';
import type { LoadError, LoadedMap } from './read/loaded.ts';
import { readMapAccounts } from './read/read-accounts.ts';
import { readMapRoles, readMapUsers } from './read/read-map.ts';
import type { RenderOptions } from './render/render.ts';

/** A merge that is not verified yet. */
export interface MergeDraft {
  /** Of the file, in the order of the text. */
  readonly edits: readonly Edit[];
  readonly expectation: Expectation;
  /** Pairs of metadata that the edits drop. */
  readonly dropped: ReadonlySet<Pair>;
  readonly counts: MergeCounts;
  readonly findings: readonly MergeFinding[];
}

/**
 * Plans a merge and turns the plan into edits.
 * @throws Failure (exit 2) where the input is refused or a promise would be broken
 */
export function draftMerge(
  document: AwsAuthDocument,
  desired: readonly DesiredEntry[],
  facts: MergeFacts,
  options: MergeOptions,
): MergeDraft {
  const loaded = loadRoles(document);
  if (!document.configMap && loaded.list && desired.length > 0)
    requireRoleList(loaded.list, document.placeOf);
  const plan = planMerge(loaded, desired, facts, placesIn(document));
  const dropped = options.for === 'apply' ? serverPairs(document) : new Set<Pair>();
  const edits = sortEdits([
    ...spliceMapRoles(document, editText(document, loaded, plan, options), isEmpty(loaded)),
    ...dropServerMetadata(document, dropped),
  ]);
  const findings = [...plan.findings, ...voidFindings(document), ...lockFindings(document, dropped, options)];
  return { edits, expectation: expectationOf(loaded, plan), dropped, counts: plan.counts, findings };
}

/** @throws Failure where the authenticator would lose the whole key */
function loadRoles({ mapRoles }: AwsAuthDocument): LoadedMap {
  const loaded = readMapRoles(mapRoles?.text ?? '');
  const lost = loaded.errors.find(({ loss }) => loss === 'void');
  if (!lost || !mapRoles) return loaded;
  throw refusal({
    message: `the authenticator loses all of mapRoles here: ${lost.message}`,
    place: mapRoles.placeOf(Math.max(lost.offset, 0)),
    next: 'Mend that line by hand: as it is, the map lets nobody in, nodes included.',
  });
}

function placesIn({ mapRoles, file }: AwsAuthDocument): (offset: number) => Place {
  return (offset) => mapRoles?.placeOf(offset) ?? { file };
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
  if (!mapRoles) return fillEmpty('', additions, options);
  if (!loaded.list || isEmpty(loaded))
    return requireFilled(mapRoles, fillEmpty(mapRoles.text, additions, options));
  const context = new EditContext(mapRoles, loaded.list);
  const dash = changes.length > 0 ? groupDash(mapRoles.text, loaded.list) : 0;
  return [
    ...changes.flatMap((change) => editEntry(context, change, dash)),
    ...editList(context, plan, options),
  ];
}

/** @throws Failure where something in the text keeps entries from being read behind it */
function requireFilled(mapRoles: EmbeddedText, edits: readonly Edit[]): readonly Edit[] {
  const { entries } = readMapRoles(applyEdits(mapRoles.text, edits) ?? '');
  if (entries.length > 0) return edits;
  throw refusal({
    message: 'mapRoles loads as empty, but holds something that entries cannot stand behind',
    place: mapRoles.placeOf(0),
    next: 'Empty it, or make it the list that it should be.',
  });
}

/** They are not ours to change, but nobody in them gets in. */
function voidFindings({ mapUsers, mapAccounts }: AwsAuthDocument): MergeFinding[] {
  return [
    ...voidFinding('void-map-users', mapUsers, mapUsers && readMapUsers(mapUsers.text).errors),
    ...voidFinding('void-map-accounts', mapAccounts, mapAccounts && readMapAccounts(mapAccounts.text).errors),
  ];
}

function voidFinding(
  code: 'void-map-users' | 'void-map-accounts',
  text: EmbeddedText | null,
  errors: readonly LoadError[] | null,
): MergeFinding[] {
  const error = errors?.find(({ loss }) => loss === 'void');
  return text && error ? [{ code, error, place: text.placeOf(Math.max(error.offset, 0)) }] : [];
}

function lockFindings(
  document: AwsAuthDocument,
  dropped: ReadonlySet<Pair>,
  options: MergeOptions,
): MergeFinding[] {
  if (dropped.size > 0) return [{ code: 'lock-dropped', keys: [...dropped].map(keyOf) }];
  const isMissing = options.for === 'replace' && document.configMap && !hasResourceVersion(document);
  return isMissing ? [{ code: 'lock-missing' }] : [];
}
