import { load } from 'js-yaml';
import { readWithProblems } from '../../src/configmap/document.ts';
import { renderConfigMap, renderMapRoles } from '../../src/configmap/render.ts';
import { type DesiredEntry, NODE_GROUPS, NODE_USERNAME } from '../../src/entry.ts';
import { lint } from '../../src/lint/lint.ts';
import { medianTimes } from './benchmark.ts';

/** What a check costs, as ratios within one run. */
export interface CheckBenchmark {
  /** A check of 5,000 entries without a mistake, over js-yaml's `load(file)` + `load(mapRoles)`. */
  readonly checkOverLoad: number;
}

export const MOST: CheckBenchmark = { checkOverLoad: 2 };

export function benchmarkCheck(rounds = 21): CheckBenchmark {
  const [file, list] = [renderConfigMap(entries(5000), PLAIN), renderMapRoles(entries(5000), PLAIN)];
  const check = () => lint(readWithProblems(file, 'aws-auth.yaml'));
  const errors = check().filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`the ConfigMap is not clean: ${errors[0]?.message}`);
  const [checked = 0, loads = 0] = medianTimes(rounds, [check, () => [load(file), load(list)]]);
  return { checkOverLoad: checked / loads };
}

const PLAIN = { comments: false } as const;

function entries(count: number): DesiredEntry[] {
  const node = { usernameStated: false, role: null, username: NODE_USERNAME, groups: NODE_GROUPS };
  const people = Array.from({ length: count - 1 }, (_, index) => ({
    rolearn: `arn:aws:iam::${100_000_000_000 + index}:role/AWSReservedSSO_Dev_${index.toString(16).padStart(16, '0')}`,
    username: 'sso:{{SessionName}}',
    usernameStated: false,
    groups: ['developers'],
    role: null,
  }));
  return [{ ...node, rolearn: 'arn:aws:iam::111122223333:role/node' }, ...people];
}
