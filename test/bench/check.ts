import { load } from 'js-yaml';
import { readWithProblems } from '../../src/configmap/document.ts';
import { renderConfigMap, renderMapRoles } from '../../src/configmap/render.ts';
import { type DesiredEntry, NODE_GROUPS, NODE_USERNAME } from '../../src/entry.ts';
import { lint } from '../../src/lint/lint.ts';

/** What a check costs, as ratios within one run. */
export interface CheckBenchmark {
  /** A check of 5,000 entries without a mistake, over js-yaml's `load(file)` + `load(mapRoles)`. */
  readonly checkOverLoad: number;
}

export const MOST: CheckBenchmark = { checkOverLoad: 2 };

/** Measures warm and in turns, and takes the median of each. */
export function benchmarkCheck(rounds = 21): CheckBenchmark {
  const [file, list] = [renderConfigMap(entries(5000), PLAIN), renderMapRoles(entries(5000), PLAIN)];
  const check = () => lint(readWithProblems(file, 'aws-auth.yaml'));
  const errors = check().filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`the ConfigMap is not clean: ${errors[0]?.message}`);
  const times = { check: timesOf(), loads: timesOf() };
  for (let round = -WARM_UP; round < rounds; round += 1) {
    times.check.measure(check);
    times.loads.measure(() => [load(file), load(list)]);
  }
  return { checkOverLoad: times.check.median() / times.loads.median() };
}

const WARM_UP = 3;

/** Milliseconds that a function takes, run by run. */
function timesOf() {
  const times: number[] = [];
  return {
    measure(run: () => unknown): void {
      const start = performance.now();
      run();
      times.push(performance.now() - start);
    },
    median(): number {
      const sorted = times.slice(WARM_UP).toSorted((one, other) => one - other);
      return sorted[Math.floor(sorted.length / 2)] ?? 0;
    },
  };
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
