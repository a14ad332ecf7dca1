import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { renderConfigMap, renderMapRoles } from '../../src/aws-auth/render.ts';
import { checkDocument } from '../../src/check/check.ts';
import { main } from '../../src/cli/main.ts';
import type { Output } from '../../src/io.ts';
import { type DesiredEntry, NODE_GROUPS, NODE_USERNAME } from '../../src/map-entry.ts';
import { median, medianTimes } from './benchmark.ts';

/** The cost of a check, as ratios within one run. */
export interface CheckBenchmark {
  /** A check of 5,000 entries without a mistake, over js-yaml's `load(file)` + `load(mapRoles)`. */
  readonly checkOverLoad: number;
  /** A whole run on eight files, over a run on a single file with all their entries. */
  readonly eightFilesOverOne: number;
}

export const MOST: CheckBenchmark = { checkOverLoad: 2, eightFilesOverOne: 1.2 };

const ENTRIES = 5000;
const FILES = 8;

export async function benchmarkCheck(rounds = 21): Promise<CheckBenchmark> {
  const [file, list] = [renderConfigMap(entries(ENTRIES), PLAIN), renderMapRoles(entries(ENTRIES), PLAIN)];
  const check = () => checkDocument(readWithProblems(file, 'aws-auth.yaml'));
  const errors = check().filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`the ConfigMap is not clean: ${errors[0]?.message}`);
  const [checked = 0, loads = 0] = medianTimes(rounds, [check, () => [load(file), load(list)]]);
  return { checkOverLoad: checked / loads, eightFilesOverOne: await eightFilesOverOne(rounds) };
}

async function eightFilesOverOne(rounds: number): Promise<number> {
  const cwd = await mkdtemp(join(tmpdir(), 'check-'));
  try {
    const names = Array.from({ length: FILES }, (_, index) => `cluster-${index}.yaml`);
    for (const name of names)
      await writeFile(join(cwd, name), renderConfigMap(entries(ENTRIES / FILES), PLAIN));
    await writeFile(join(cwd, 'all.yaml'), renderConfigMap(entries(ENTRIES), PLAIN));
    const times = { eight: [] as number[], one: [] as number[] };
    for (let round = -1; round < rounds; round += 1) {
      const [eight, one] = [await timeOf(['check', ...names], cwd), await timeOf(['check', 'all.yaml'], cwd)];
      if (round < 0) continue;
      times.eight.push(eight);
      times.one.push(one);
    }
    return median(times.eight) / median(times.one);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

/** Milliseconds of a run in this process. */
async function timeOf(argv: readonly string[], cwd: string): Promise<number> {
  const silent: Output = { write: (_, done) => done?.() };
  const { signal } = new AbortController();
  const start = performance.now();
  const exitCode = await main(argv, {
    stdin: (async function* () {})(),
    stdout: silent,
    stderr: silent,
    env: {},
    cwd,
    signal,
  });
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}`);
  return performance.now() - start;
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
