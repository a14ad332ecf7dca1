import type { LoadedMaps } from '../authenticator/loaded.ts';
import { readMapRoles, readMapUsers } from '../authenticator/read-map.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import type { RenderOptions } from '../configmap/render.ts';
import type { KubectlVerb } from '../configmap/server-metadata.ts';
import { excessAnnotationBytes, MAX_ANNOTATION_BYTES, requireSize } from '../configmap/size.ts';
import { requireNoTemplates } from '../configmap/templates.ts';
import type { DesiredEntry } from '../entry.ts';
import { bug, type Finding } from '../errors.ts';
import { applyEdits, type Edit } from '../yaml/edit.ts';
import type { Decision } from './decision.ts';
import { draftMerge } from './draft-merge.ts';
import type { MergeFacts } from './merge-facts.ts';
import { describeFinding, type MergeFinding } from './merge-finding.ts';
import { overridesAfter } from './override.ts';
import { type MergeCounts, type MergePlan, summaryOf } from './plan.ts';
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
  facts: MergeFacts,
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

/** A client-side `kubectl apply` of a result may fail, if that is what it is for. */
function sizeFindings(result: AwsAuthDocument, verb: KubectlVerb | null): MergeFinding[] {
  const bytes = verb === 'apply' ? excessAnnotationBytes(result) : null;
  return bytes === null ? [] : [{ code: 'large-config-map', bytes, most: MAX_ANNOTATION_BYTES }];
}
