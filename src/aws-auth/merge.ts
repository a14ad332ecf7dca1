import type { DesiredEntry } from '../entry.ts';
import { bug, type Finding } from '../errors.ts';
import { applyEdits, type Edit } from '../yaml/edit.ts';
import type { AwsAuthDocument } from './document/document.ts';
import type { KubectlVerb } from './document/server-metadata.ts';
import { appliedSizeFindings, requireSize } from './document/size.ts';
import { requireNoTemplates } from './document/templates.ts';
import { draftMerge } from './draft-merge.ts';
import type { MergeFacts } from './plan/merge-facts.ts';
import { describeFinding } from './plan/merge-finding.ts';
import { type MergeCounts, summaryOf } from './plan/plan.ts';
import type { RenderOptions } from './render/render.ts';
import { verify } from './verify/verify.ts';

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
  /** `2 added, 1 rotated, 14 unchanged, 1 stale` */
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
  const { edits, expectation, dropped, counts, findings } = draftMerge(document, desired, facts, options);
  const text = applyEdits(document.source, edits);
  if (text === undefined) throw bug('the edits of the file overlap');
  const changed = edits.length > 0;
  const result = changed ? verify(text, { before: document, expectation, dropped, edits }) : document;
  const lineOf = (offset: number) => document.mapRoles?.placeOf(offset).line;
  requireSize(result);
  const described = [...findings, ...appliedSizeFindings(result, options.for)].map((finding) =>
    describeFinding(finding, lineOf),
  );
  return { text, edits, findings: described, counts, summary: summaryOf(counts), changed };
}
