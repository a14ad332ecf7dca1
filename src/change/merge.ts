import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { type AwsAuthDocument, requireRoleList } from '../aws-auth/document.ts';
import { editEntries } from '../aws-auth/edit-entries.ts';
import type { RenderOptions } from '../aws-auth/entry-style.ts';
import { spliceText } from '../aws-auth/file-edits.ts';
import { requireNoTemplates } from '../aws-auth/helm.ts';
import { requireParsable } from '../aws-auth/load-findings.ts';
import type { LoadedMap } from '../aws-auth/loaded.ts';
import { type KubectlVerb, serverMetadata } from '../aws-auth/server-metadata.ts';
import { requireSize } from '../aws-auth/size-limits.ts';
import { bug, type Finding } from '../errors.ts';
import type { DesiredEntry } from '../map-entry.ts';
import { applyEdits, type Edit, sortEdits } from '../yaml/edit.ts';
import { decided, type MapChange, type PlanContext } from './change.ts';
import { countOf, type MergeCounts, mergeText } from './describe-change.ts';
import { mergeFindings } from './merge-findings.ts';
import { planMap } from './plan-map.ts';
import { type MergeDraft, verify } from './verify.ts';

export interface MergeOptions extends RenderOptions {
  /** The kubectl command that the result is for; null if unspecified. */
  readonly for: KubectlVerb | null;
}

export interface MergeResult {
  /** The whole file; the same string as before if nothing changes. */
  readonly text: string;
  /** The changes, in text order; offsets refer to the input. */
  readonly edits: readonly Edit[];
  readonly findings: readonly Finding[];
  readonly counts: MergeCounts;
  /** The outcome for each entry, and its rule; offsets refer to the input. */
  readonly changes: readonly MapChange[];
  /** The input and the result as the authenticator loads them; identical if nothing changed. */
  readonly before: AwsAuth;
  readonly after: AwsAuth;
  /** `2 added, 1 rotated, 14 unchanged, 1 unmapped; mapUsers: 1 unchanged` */
  readonly summary: string;
  readonly changed: boolean;
}

/**
 * Merges desired entries into an aws-auth file and verifies the result; every byte that need not change stays.
 * @throws Failure: exit 2 if the input is refused or a promise would be broken, exit 4 if the result is not as
 *   planned
 */
export function mergeAwsAuth(
  awsAuth: AwsAuth,
  desired: readonly DesiredEntry[],
  context: PlanContext,
  options: MergeOptions,
): MergeResult {
  const { document } = awsAuth;
  requireSize(document);
  requireNoTemplates(document);
  requireParsable(awsAuth);
  const draft = draftMerge(awsAuth, desired, context, options);
  const { edits, changes } = draft;
  const text = applyEdits(document.source, edits);
  if (text === undefined) throw bug('the edits of the file overlap');
  const changed = edits.length > 0;
  // Also verifies a plan without edits: what it promises would be missing.
  const after = changed || hasWork(changes) ? verify(text, awsAuth, draft) : awsAuth;
  requireSize(after.document);
  const counts = { added: 0, rotated: 0, updated: 0, removed: 0, unchanged: 0, unmapped: 0, shadowed: 0 };
  for (const change of changes) counts[countOf(change)] += 1;
  return {
    text,
    edits,
    findings: mergeFindings(awsAuth, after, draft, context, options.for),
    counts,
    changes,
    before: awsAuth,
    after,
    summary: mergeText(counts, changes, awsAuth),
    changed,
  };
}

function hasWork(changes: readonly MapChange[]): boolean {
  return decided(changes, 'added', 'updated', 'rotated', 'removed').length > 0;
}

/**
 * Plans a merge and converts the plan to edits.
 * @throws Failure (exit 2) if the input is refused or a promise would be broken
 */
export function draftMerge(
  awsAuth: AwsAuth,
  desired: readonly DesiredEntry[],
  context: PlanContext,
  options: MergeOptions,
): MergeDraft {
  const { document, mapRoles } = awsAuth;
  const { list } = mapRoles;
  if (!document.configMap && list && desired.length > 0) requireRoleList(list, document.locationOf);
  const changes = planMap(awsAuth, desired, context);
  const wasEmpty = list === null || list.items.length === 0;
  const textEdits = editText(document, mapRoles, changes, options);
  const edits = spliceText(document, 'mapRoles', textEdits, wasEmpty);
  const { dropped, edits: drops } = serverMetadata(document, options.for);
  return { edits: sortEdits([...edits, ...drops]), dropped, changes };
}

/** The edits of the text of mapRoles. */
function editText(
  { mapRoles }: AwsAuthDocument,
  { list }: LoadedMap,
  changes: readonly MapChange[],
  options: RenderOptions,
): readonly Edit[] {
  if (!hasWork(changes)) return [];
  const edited = decided(changes, 'updated', 'rotated');
  const removals = decided(changes, 'removed').map(({ entry }) => entry);
  const additions = decided(changes, 'added').map(({ wanted }) => wanted);
  return editEntries(mapRoles, list, { changes: edited, removals, additions }, options);
}
