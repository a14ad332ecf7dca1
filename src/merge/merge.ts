import { hasMerge } from '../authenticator/aliases.ts';
import { readMapRoles, readMapUsers } from '../authenticator/load.ts';
import type { LoadedEntry, LoadedMap, LoadedMaps } from '../authenticator/loaded.ts';
import { dropServerMetadata, type KubectlVerb, requireSize, serverPairs } from '../configmap/api-server.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import { editEntries, fillEmpty } from '../configmap/edit-entries.ts';
import {
  arnLike,
  EditContext,
  editGroups,
  ownPair,
  replaceValue,
  textLike,
} from '../configmap/edit-field.ts';
import { ONE_LINE } from '../configmap/edit-list.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import { requireRoleList } from '../configmap/find-config-map.ts';
import { arnScalar, doubleQuoted } from '../configmap/quote.ts';
import {
  flowEntryLayout,
  groupDash,
  groupLines,
  type RenderOptions,
  renderFlowField,
  renderFlowGroups,
} from '../configmap/render.ts';
import { spliceText } from '../configmap/splice.ts';
import { findUnquotedTemplate, requireNoTemplates } from '../configmap/template.ts';
import type { DesiredEntry } from '../entry.ts';
import { bug, type Finding, refusal } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import { applyEdits, type Edit, gapBehind, insertLinesAfter, sortEdits } from '../yaml/edit.ts';
import { columnOf, findForbidden, lineEnd } from '../yaml/lines.ts';
import type { AliasNode, Pair } from '../yaml/node.ts';
import { fileFindings, kubectlFindings, overrideFindings, planFindings } from './findings.ts';
import { planMerge } from './make-plan.ts';
import {
  countsOf,
  type Decision,
  decided,
  type EntryChange,
  type Expectation,
  expectationOf,
  type LocationOf,
  type MergeContext,
  type MergeCounts,
  summaryOf,
} from './plan.ts';
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
      ? verify(text, { before: document, ...draft })
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

/** A merge that is not verified yet. */
export interface MergeDraft {
  /** Of the file, in the order of the text. */
  readonly edits: readonly Edit[];
  readonly expectation: Expectation;
  /** Pairs of metadata that the edits drop. */
  readonly dropped: ReadonlySet<Pair>;
  readonly decisions: readonly Decision[];
  /** As loaded before the merge. */
  readonly maps: LoadedMaps;
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
  const edits = sortEdits([
    ...spliceText(document, 'mapRoles', editText(document, loaded, decisions, options), isEmpty(loaded)),
    ...dropServerMetadata(document, dropped),
  ]);
  return { edits, expectation: expectationOf(loaded, decisions), dropped, decisions, maps };
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

function isEmpty({ list }: LoadedMap): boolean {
  return list === null || list.items.length === 0;
}

/** The edits of the text of mapRoles. */
function editText(
  { mapRoles }: AwsAuthDocument,
  loaded: LoadedMap,
  decisions: readonly Decision[],
  options: RenderOptions,
): readonly Edit[] {
  if (!hasWork(decisions)) return [];
  const changes = decided(decisions, 'updated', 'rotated');
  const removals = decided(decisions, 'removed');
  const additions = decided(decisions, 'added').map(({ desired }) => desired);
  if (!mapRoles) return fillEmpty(null, additions, options);
  requireNoControls(mapRoles);
  if (!loaded.list || isEmpty(loaded))
    return requireFilled(mapRoles, fillEmpty(mapRoles, additions, options));
  const context = new EditContext(mapRoles, loaded.list);
  const dash = changes.length > 0 ? groupDash(mapRoles.text, loaded.list) : 0;
  const changed = changes.flatMap((change) => editEntry(context, change, dash));
  const edits = [...changed, ...editEntries(context, { removals, additions, edits: changed }, options)];
  return [...edits, ...context.expansions(edits)];
}

/**
 * The authenticator reads a text piece by piece, so whether it fails at what follows the first document depends on the length of
 * what precedes it.
 * @throws Failure where it would fail, did it read on
 */
function requireNoControls(mapRoles: EmbeddedText): void {
  const control = findForbidden(mapRoles.text);
  if (!control) return;
  throw refusal({
    message:
      'mapRoles has a control character after its first document: once the text before it is longer or shorter, the authenticator may fail to parse mapRoles',
    location: mapRoles.locationOf(control.offset),
    help: 'Remove it, or all that follows the first document: the authenticator ignores that.',
  });
}

/** @throws Failure where something in the text keeps entries from being read after it */
function requireFilled(mapRoles: EmbeddedText, edits: readonly Edit[]): readonly Edit[] {
  const { entries } = readMapRoles(applyEdits(mapRoles.text, edits) ?? '');
  if (entries.length > 0) return edits;
  throw refusal({
    message: 'mapRoles loads as empty, but has content that no entry can follow',
    location: mapRoles.locationOf(0),
    help: 'Empty it, or make it a list of entries.',
  });
}

/** The edits that give an entry other values, in its own style. */
function editEntry(context: EditContext, change: EntryChange, groupDash: number): Edit[] {
  const alias = context.aliasOf(change.entry);
  return alias ? [writeOut(context, alias, change)] : editOwn(context, change, groupDash);
}

function editOwn(context: EditContext, change: EntryChange, groupDash: number): Edit[] {
  const { entry, arn, username, groups } = change;
  const { text } = context;
  const edits: Edit[] = [];
  const insertion = insertionIn(context, entry);
  if (arn !== null) {
    const { pair, key } = context.change(entry, 'rolearn');
    const value = pair ? arnLike(pair, arn, entry.node.flow) : arnScalar(arn, entry.node.flow);
    edits.push(pair ? replaceValue(text, pair, value) : insertField(insertion, key, value));
  }
  if (username !== null) {
    const { pair, key } = context.change(entry, 'username');
    edits.push(
      pair
        ? replaceValue(text, pair, textLike(pair.value, username))
        : insertField(insertion, key, doubleQuoted(username)),
    );
  }
  if (groups !== null) {
    const place = context.change(entry, 'groups');
    // Lines of a list that is there come before fields that are inserted after it.
    if (place.pair)
      edits.unshift(...editGroups(context, entry, { ...place, pair: place.pair }, groups, groupDash));
    else edits.push(insertGroups(insertion, place.key, groups, groupDash));
  }
  return edits;
}

/** An entry that is an alias becomes one of its own. */
function writeOut(context: EditContext, alias: AliasNode, change: EntryChange): Edit {
  const { entry, arn, username, groups } = change;
  const values = {
    ...(arn !== null && { rolearn: arnScalar(arn, true) }),
    ...(username !== null && { username: doubleQuoted(username) }),
    ...(groups !== null && { groups: renderFlowGroups(groups, ONE_LINE) }),
  };
  const isChanged = ({ key }: Pair) => key.kind === 'scalar' && foldKey(key.text) in values;
  const fields = Object.entries(values).map(([field, value]) => {
    const { key } = context.placeOf(entry, field);
    return `${key === field ? key : doubleQuoted(key)}: ${value}`;
  });
  const replacement = context.copyWith(entry.node, isChanged, fields);
  return { start: alias.start, end: alias.end, replacement };
}

/** Where new fields of an entry go: after the ARN, unless the entry merges fields that would count in their place. */
interface Insertion {
  readonly context: EditContext;
  readonly entry: LoadedEntry;
  /** Missing where the entry has no fields of its own. */
  readonly after: Pair | undefined;
}

function insertionIn(context: EditContext, entry: LoadedEntry): Insertion {
  const arn = hasMerge(entry.node) ? undefined : ownPair(entry, 'arn');
  return { context, entry, after: arn ?? entry.node.pairs.at(-1) };
}

function insertGroups(insertion: Insertion, key: string, groups: readonly string[], groupDash: number): Edit {
  const { context, entry } = insertion;
  if (!entry.node.flow) return insertLines(insertion, (indent) => groupLines(groups, indent, groupDash, key));
  const { groups: layout } = flowEntryLayout(context.text, entry.node);
  return insertField(insertion, key, renderFlowGroups(groups, layout));
}

function insertField(insertion: Insertion, name: string, value: string): Edit {
  const { context, entry, after } = insertion;
  if (!entry.node.flow) return insertLines(insertion, (indent) => [`${indent}${name}: ${value}`]);
  const layout = flowEntryLayout(context.text, entry.node);
  const position = positionOf(insertion) + (after ? gapBehind(context.text, after.value) : 0);
  const replacement = layout.fields.separator + renderFlowField(name, value, layout);
  return { start: position, end: position, replacement };
}

function insertLines(insertion: Insertion, render: (indent: string) => string[]): Edit {
  const { context, entry } = insertion;
  const { text, lineBreak } = context;
  const indent = ' '.repeat(columnOf(text, entry.node.contentStart));
  const lines = render(indent).map((line) => line + lineBreak);
  return insertLinesAfter(text, lineEnd(text, positionOf(insertion)), lines.join(''), lineBreak);
}

function positionOf({ entry, after }: Insertion): number {
  return after ? after.value.end : entry.node.contentStart + 1;
}
