import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, '.github', 'workflows');

interface Step {
  readonly run?: string;
  readonly env?: object;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly node?: readonly string[] } };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: object;
  readonly permissions?: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const texts = new Map(
  await Promise.all(
    (await readdir(FOLDER)).map(async (name) => [name, await readFile(join(FOLDER, name), 'utf8')] as const),
  ),
);
const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const workflow = (name: string) => load(texts.get(name) ?? '') as Workflow;
const jobs = (name: string) => Object.values(workflow(name).jobs);
const commands = (name: string) => jobs(name).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

describe.each([...texts.keys()])('%s', (name) => {
  test('grants only what a job requests', () => {
    expect(workflow(name).permissions).toEqual({});
    for (const job of jobs(name)) expect(job.permissions).toBeDefined();
  });

  test('pins each action to a commit and names its version', () => {
    const uses = [...(texts.get(name) ?? '').matchAll(/uses: (.*)$/gm)].map(([, action = '']) => action);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('puts no value into the text of a script', () => {
    expect(commands(name).filter((run) => run.includes('${{'))).toEqual([]);
  });
});

test.each(['ci.yml', 'release.yml'])(
  '%s tests the oldest Node that package.json allows, and newer ones',
  (name) => {
    const tested = jobs(name).flatMap(({ strategy }) => (strategy ? [strategy.matrix.node] : []));
    const [floor] = manifest.engines.node.match(/\d+\.\d+$/);
    expect(tested).toEqual([[`${floor}.0`, '22', '24', '26']]);
  },
);

test('data that others publish is compared every week, and the token is only for the report', () => {
  const { jobs, on } = workflow('published-data.yml');
  expect(on).toHaveProperty('schedule', [{ cron: expect.stringMatching(/^\d+ \d+ \* \* [0-6]$/) }]);
  expect(jobs.compare?.permissions).toEqual({ contents: 'read', issues: 'write' });
  const steps = jobs.compare?.steps.filter(({ env }) => env) ?? [];
  expect(steps).toEqual([
    expect.objectContaining({ run: expect.stringContaining('compare:published -- --issue') }),
  ]);
});

test('a release runs every suite, on each Node', () => {
  const suites = Object.keys(manifest.scripts).filter((script) => /^test(:|$)/.test(script));
  const { steps = [] } = workflow('release.yml').jobs.test ?? {};
  expect(scriptsIn(steps.map(({ run }) => run).join('\n'))).toEqual(suites.sort());
});

test('a pull request must pass everything in .ci/run on GitHub', async () => {
  const local = await readFile(join(ROOT, '.ci', 'run'), 'utf8');
  expect(scriptsIn(commands('ci.yml').join('\n'))).toEqual(scriptsIn(local));
});

function scriptsIn(text: string): string[] {
  const scripts = [...text.matchAll(/npm (?:run (?:--silent )?([\w:]+)|(test))/g)];
  return [...new Set(scripts.map(([, script, test = '']) => script ?? test))].sort();
}
