import { load } from 'js-yaml';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readDocument } from '../../src/aws-auth/document.ts';
import { renderConfigMap, renderMapRoles } from '../../src/aws-auth/render.ts';
import type { PlanContext } from '../../src/change/change.ts';
import { type MergeResult, mergeAwsAuth } from '../../src/change/merge.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { unifiedDiff } from '../aws-auth/unified-diff.ts';
import { roleFactsOf } from '../change/role-facts-of.ts';
import { medianTimes } from './benchmark.ts';

/** The cost of a merge, as ratios within one run. */
export interface MergeBenchmark {
  /** A merge of 20 entries into 5,000, verified, over js-yaml's `load(file)` + `load(mapRoles)`. */
  readonly mergeOverLoad: number;
  /** The same merge over one into 500. */
  readonly growth: number;
  /** A merge that changes all of 5,000 entries, and its diff, over the merge of 20. */
  readonly diffOverMerge: number;
}

export const MOST: MergeBenchmark = { mergeOverLoad: 3, growth: 12, diffOverMerge: 10 };

export function benchmarkMerge(rounds = 21): MergeBenchmark {
  const [small, large] = [
    renderConfigMap(entries('Old', 500), PLAIN),
    renderConfigMap(entries('Old', 5000), PLAIN),
  ];
  const list = renderMapRoles(entries('Old', 5000), PLAIN);
  const [added, changed] = [entries('New', 20), entries('Old', 5000, 'other')];
  const [loads = 0, merged = 0, mergedSmall = 0, diffed = 0] = medianTimes(rounds, [
    () => [load(large), load(list)],
    () => merge(large, added),
    // As much work as the large one, so that each pays for its own garbage collection.
    () => Array.from({ length: SMALL_MERGES }, () => merge(small, added)),
    () => unifiedDiff(large, merge(large, changed).edits, 'a', 'b'),
  ]);
  return {
    mergeOverLoad: merged / loads,
    growth: merged / (mergedSmall / SMALL_MERGES),
    diffOverMerge: diffed / merged,
  };
}

const PLAIN = { comments: false } as const;
const CONTEXT: PlanContext = {
  roles: roleFactsOf({ accountsRead: [], roleArns: [] }),
  scope: new Set(),
  unresolved: [],
  prune: null,
  isFresh: true,
};

function merge(source: string, desired: readonly DesiredEntry[]): MergeResult {
  return mergeAwsAuth(new AwsAuth(readDocument(source, 'aws-auth.yaml')), desired, CONTEXT, {
    ...PLAIN,
    for: null,
  });
}

function entries(name: string, count: number, group = 'system:masters'): DesiredEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const accountId = String(100_000_000_000 + index);
    const role = `AWSReservedSSO_${name}_${index.toString(16).padStart(16, '0')}`;
    const arn = (path: string) => `arn:aws:iam::${accountId}:role/${path}${role}`;
    return {
      rolearn: arn(''),
      username: 'sso:{{SessionName}}',
      usernameStated: false,
      groups: [group],
      role: {
        accountId,
        accountName: null,
        permissionSet: name,
        pathArn: arn('aws-reserved/sso.amazonaws.com/'),
      },
    };
  });
}

const SMALL_MERGES = 10;
