import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ODD_FILE, SOUND_FILE } from '../authenticator/aws-auth-files.ts';
import { sessionOf } from '../authenticator/caller-cases.ts';
import { MAP_ROLES } from '../change/map-roles-arbitrary.ts';
import { sourceOf } from '../change/source-arbitrary.ts';
import { brokenConfigMap } from '../check/broken-config-map.ts';
import { clusterOf } from '../check/check-case.ts';
import { inventory, snapshotText } from '../directory/build-inventory.ts';
import { GOLDEN, goldenFiles } from '../golden-case.ts';
import type { Files } from './program.ts';
import { arnsIn, type Choose, worldOf } from './world.ts';

/** `map.yaml`, `other.yaml`, `aws.json`, `cluster.json`, `config.yaml` and `rbac.yaml`, and the callers. */
export interface Input {
  readonly name: string;
  readonly files: Files;
  readonly callers: readonly string[];
}

/** Earlier than the time of all runs, and than the snapshots of golden cases and examples. */
export const NOW = Date.parse('2026-11-20T09:00:00.000Z');

/** Inputs of the golden cases and examples, completed with generated files. */
export function* corpus(root: string): Generator<Input> {
  for (const folder of ['check', 'merge', 'init', 'rules', 'access-entries'])
    for (const { path, golden } of goldenFiles(folder))
      for (const { name, sections } of golden.cases)
        yield inputOf(`${path.slice(GOLDEN.length + 1)} ${name}`, goldenTexts(sections), cycle());
  const example = (name: string) => readFileSync(join(root, 'examples', name), 'utf8');
  for (const name of readdirSync(join(root, 'examples')).filter((file) => file.includes('.'))) {
    const texts = {
      'map.yaml': example(name),
      'other.yaml': example('aws-auth.yaml'),
      'aws.json': example('inventory.json'),
      'cluster.json': example('cluster.json'),
      'config.yaml': example('aws-auth-sso.yaml'),
      'rbac.yaml': example('rbac.yaml'),
    };
    yield inputOf(`examples/${name}`, texts, cycle());
  }
}

const SECTIONS: Readonly<Record<string, RegExp>> = {
  'map.yaml': /^(?:before|bad)\.(?:yaml|json)$/,
  'other.yaml': /^good\.yaml$/,
  'aws.json': /^inventory\.json$/,
  'config.yaml': /^config\.yaml$/,
  'rbac.yaml': /^rbac\.yaml$/,
};

function goldenTexts(sections: ReadonlyMap<string, string>): Files {
  const cluster = sections.get('cluster.json');
  const known = cluster && snapshotText({ ...inventory([], []), clusters: [clusterOf(cluster)] });
  const texts = Object.entries(SECTIONS).flatMap(([file, pattern]) =>
    [...sections].filter(([name]) => pattern.test(name)).map(([, text]) => [file, text] as const),
  );
  return { ...Object.fromEntries(texts), ...(known && { 'cluster.json': known }) };
}

/** The files of a map, completed with generated ones, and callers for its ARNs and the ARNs of its cluster. */
function inputOf(name: string, texts: Files, choose: Choose): Input {
  const { 'map.yaml': map = '', 'other.yaml': other = map } = texts;
  const made = worldOf(map + other, choose, NOW);
  const files: Files = { ...made, 'map.yaml': map, 'other.yaml': other, ...texts };
  const arns = arnsIn(map + other + files['cluster.json']);
  const named = [arns.at(0), arns.at(1), arns.at(-1)].map((arn = 'nobody') => sessionOf(arn, 'ada'));
  const callers = [...new Set([...named, 'arn:aws:sts::111122223333:assumed-role/nobody/x'])];
  return { name, files, callers };
}

/** Chooses by a repeating sequence of numbers. */
function cycle(choices: readonly number[] = [...Array(97).keys()]): Choose {
  let made = 0;
  return (first, ...others) => {
    const at = (choices[made++ % choices.length] ?? 0) % (others.length + 1);
    return others.reduce((chosen, other, index) => (index + 1 === at ? other : chosen), first);
  };
}

const MAP = fc.oneof(
  { weight: 3, arbitrary: SOUND_FILE.map(({ source }) => source) },
  { weight: 2, arbitrary: ODD_FILE.map(({ source }) => source) },
  { weight: 2, arbitrary: brokenConfigMap },
  { weight: 2, arbitrary: sourceOf(MAP_ROLES) },
);
const GENERATED = fc.record({
  map: MAP,
  other: MAP,
  choices: fc.array(fc.nat(999), { minLength: 300, maxLength: 300 }),
});
/** Inputs generated at a time. */
const BATCH = 100;

/** An endless sequence of inputs; the same for a seed. */
export function* generated(seed: number, count: number): Generator<Input> {
  for (let start = 0; start < count; start += BATCH) {
    const batch = fc.sample(GENERATED, { seed: seed + start, numRuns: Math.min(BATCH, count - start) });
    for (const [at, { map, other, choices }] of batch.entries()) {
      const name = `number ${start + at} of seed ${seed}`;
      yield inputOf(name, { 'map.yaml': map, 'other.yaml': other }, cycle(choices));
    }
  }
}
