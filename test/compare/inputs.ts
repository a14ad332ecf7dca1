import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ODD_FILE, SOUND_FILE } from '../authenticator/aws-auth-files.ts';
import { sessionOf } from '../authenticator/caller-cases.ts';
import { GOLDEN, goldenFiles } from '../golden-case.ts';
import { brokenConfigMap } from '../lint/broken-config-map.ts';
import { MAP_ROLES } from '../merge/map-roles-arbitrary.ts';
import { sourceOf } from '../merge/source-arbitrary.ts';
import type { Files } from './program.ts';
import { arnsIn, type Choose, worldOf } from './world.ts';

/** `map.yaml`, `other.yaml`, `aws.json`, `cluster.json`, `config.yaml` and `rbac.yaml`, and who calls. */
export interface Input {
  readonly name: string;
  readonly files: Files;
  readonly callers: readonly string[];
}

/** Before the time of all runs, and the snapshots of the golden cases and examples. */
export const NOW = Date.parse('2026-11-20T09:00:00.000Z');

/** What the golden cases and the examples have; what they lack is made for them. */
export function* corpus(root: string): Generator<Input> {
  for (const folder of ['check', 'merge', 'init', 'rules', 'access-entries'])
    for (const { path, golden } of goldenFiles(folder))
      for (const { name, sections } of golden.cases)
        yield inputOf(`${path.slice(GOLDEN.length + 1)} ${name}`, goldenTexts(sections), cycle());
  const example = (name: string) => readFileSync(join(root, 'examples', name), 'utf8');
  const texts = {
    'aws.json': example('inventory.json'),
    'cluster.json': example('cluster.json'),
    'config.yaml': example('aws-auth-sso.yaml'),
    'rbac.yaml': example('rbac.yaml'),
  };
  for (const name of readdirSync(join(root, 'examples')))
    yield inputOf(
      `examples/${name}`,
      { 'map.yaml': example(name), 'other.yaml': example('aws-auth.yaml'), ...texts },
      cycle(),
    );
}

function goldenTexts(sections: ReadonlyMap<string, string>): Files {
  const named: readonly (readonly [string, RegExp])[] = [
    ['map.yaml', /^(?:before|bad)\./],
    ['other.yaml', /^good\./],
    ['aws.json', /^inventory\.json$/],
    ['config.yaml', /^config/],
    ['rbac.yaml', /^rbac/],
  ];
  return Object.fromEntries(
    named.flatMap(([file, pattern]) => {
      const section = [...sections.keys()].find((name) => pattern.test(name));
      return section === undefined ? [] : [[file, sections.get(section) ?? '']];
    }),
  );
}

/** What is wanted of a map, its files, and the callers that its ARNs, and those of the other one, are of. */
function inputOf(name: string, texts: Files, choose: Choose): Input {
  const { 'map.yaml': map = '', 'other.yaml': other = map } = texts;
  const files: Files = {
    ...worldOf(map + other, choose, NOW),
    'map.yaml': map,
    'other.yaml': other,
    ...texts,
  };
  const arns = arnsIn(map + other + files['cluster.json']);
  const callers = [arns.at(0), arns.at(1), arns.at(-1)].map((arn = 'nobody') => sessionOf(arn, 'ada'));
  return {
    name,
    files,
    callers: [...new Set([...callers, 'arn:aws:sts::111122223333:assumed-role/nobody/x'])],
  };
}

/** Chooses by one number after the other, over and over. */
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
/** Made at a time. */
const BATCH = 100;

/** As many inputs as one likes; the same ones for a seed. */
export function* generated(seed: number, count: number): Generator<Input> {
  for (let start = 0; start < count; start += BATCH) {
    const batch = fc.sample(GENERATED, { seed: seed + start, numRuns: Math.min(BATCH, count - start) });
    for (const [at, { map, other, choices }] of batch.entries()) {
      const name = `number ${start + at} of seed ${seed}`;
      yield inputOf(name, { 'map.yaml': map, 'other.yaml': other }, cycle(choices));
    }
  }
}
