import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { scratch } from '../scratch.ts';
import { COPIES, storedData, testedAuthenticator } from './copies.ts';
import { main } from './main.ts';

const DATA = storedData();
const RELEASES = [...DATA.values()].map(({ source }) => source.replace(/.* /, ''));

/** A directory with copies that equal the data, except for these files. */
async function published(changed: Readonly<Record<string, string>> = {}): Promise<string> {
  const page = (name: string) => readFile(join(import.meta.dirname, 'published', name), 'utf8');
  return scratch({
    [COPIES.offered]: await page(COPIES.offered),
    [COPIES.policies]: await page(COPIES.policies),
    [COPIES.releases]: RELEASES.map((release) => `${release}\n`).join(''),
    [COPIES.authenticator]: JSON.stringify({ Version: testedAuthenticator(), Time: '2026-10-13T00:00:00Z' }),
    ...changed,
  });
}

/** The copy of a page in which a text is replaced. */
async function edited(name: string, before: string, after: string): Promise<Record<string, string>> {
  const text = await readFile(join(import.meta.dirname, 'published', name), 'utf8');
  expect(text).toContain(before);
  return { [name]: text.replace(before, after) };
}

const CHANGES: readonly [what: string, () => Promise<Record<string, string>>, line: string][] = [
  [
    'a version that EKS offers',
    () => edited(COPIES.offered, '- `1.37`', '- `1.38`\n- `1.37`'),
    'Kubernetes 1.38: EKS offers it, but src/rbac/data has no file for it',
  ],
  [
    'how a version is written',
    () => edited(COPIES.offered, '- `1.37`', '| **1.38** |\n- `1.37`'),
    'Kubernetes 1.38: EKS offers it, but src/rbac/data has no file for it',
  ],
  [
    'a policy with another prefix',
    () => edited(COPIES.policies, '## AmazonEKSHybridPolicy', '## KROAccessPolicy'),
    'access policies: KROAccessPolicy: new',
  ],
  [
    'a release of Kubernetes',
    async () => ({ [COPIES.releases]: `v1.39.0\n${RELEASES.join('\n')}\n` }),
    'Kubernetes 1.39: v1.39.0 is out, but src/rbac/data has no file for it',
  ],
  [
    'a rule of an access policy',
    () => edited(COPIES.policies, '| `secrets` | `get`, `list`, `watch` |', '| `secrets` | `get` |'),
    'access policies: AmazonEKSSecretReaderPolicy:',
  ],
  [
    'the authenticator',
    async () => ({ [COPIES.authenticator]: '{"Version": "v0.99.0"}' }),
    `aws-iam-authenticator: v0.99.0 is the newest, the tests compare with ${testedAuthenticator()}`,
  ],
];

describe('copies of what is published', () => {
  test('do not differ', async () => {
    expect(await main([await published()])).toEqual({ text: 'no difference\n', exitCode: 0 });
  });

  test.each(CHANGES)('show a change of %s', async (_, change, line) => {
    const { text, exitCode } = await main([await published(await change())]);
    expect([text.split('\n')[0], exitCode]).toEqual([expect.stringContaining(line), 1]);
  });

  test('show what a newer release of a version changed', async () => {
    const [version = '', data] = [...DATA].at(-1) ?? [];
    const [role, ...rest] = data?.manifests ?? [];
    const copy = {
      ...data,
      manifests: [{ ...role, rules: [{ verbs: ['get'] }] }, ...rest],
      resources: data?.resources.slice(1),
    };
    const files = { [COPIES.releases]: `${RELEASES.slice(0, -1).join('\n')}\nv${version}.99\n` };
    const same = await published({ ...files, [`kubernetes-${version}.json`]: JSON.stringify(data) });
    expect(await main([same])).toMatchObject({ exitCode: 0 });
    const changed = await published({ ...files, [`kubernetes-${version}.json`]: JSON.stringify(copy) });
    expect(await main([changed])).toEqual({
      text: `Kubernetes ${version}: v${version}.99 differs from ${data?.source}: ClusterRole admin, resource bindings.\n`,
      exitCode: 1,
    });
    expect(await main([await published(files)])).toMatchObject({ exitCode: 2 });
  });

  test.each(Object.values(COPIES))(
    'are refused without %s, or if it is not what is published',
    async (name) => {
      const directory = await published({ [name]: '<html>Access denied</html>' });
      expect(await main([directory])).toMatchObject({ exitCode: 2 });
      await rm(join(directory, name));
      expect(await main([directory])).toEqual({ text: expect.stringContaining(name), exitCode: 2 });
    },
  );

  test.each<[what: string, () => Promise<Record<string, string>>, message: string]>([
    [
      'a list of versions',
      () => edited(COPIES.offered, '## Available versions on standard', '## Versions in standard'),
      'no two lists of versions found',
    ],
    [
      'a release of a version',
      async () => ({ [COPIES.releases]: RELEASES.slice(1).join('\n') }),
      `no release of Kubernetes ${[...DATA.keys()][0]}`,
    ],
    [
      'the heading of a policy',
      () => edited(COPIES.policies, '## AmazonEKSHybridPolicy', '## Policy for hybrid nodes'),
      'there are rules under "Policy for hybrid nodes", which names no policy',
    ],
  ])('are refused without %s', async (_, change, message) => {
    const directory = await published(await change());
    expect(await main([directory])).toEqual({ text: expect.stringContaining(message), exitCode: 2 });
  });

  test.each(
    [[], ['a', 'b'], ['--fetch'], ['--isue', 'a'], ['--fetch', '--issue', 'a']].map((argv) => ({ argv })),
  )('are required: $argv', async ({ argv }) => {
    expect(await main(argv)).toEqual({
      text: expect.stringContaining('npm run compare:published'),
      exitCode: 2,
    });
  });
});

describe('the download', () => {
  test('gets the pages of AWS, the releases of each version, and the newest authenticator', async () => {
    const from = await published();
    const newest = RELEASES.at(-1) ?? '';
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(new URL(url).host);
      const [, channel] = /\/(stable[-.\d]*)\.txt$/.exec(url) ?? [];
      const release =
        RELEASES.find((one) => one.startsWith(`${channel?.replace('stable-', 'v')}.`)) ?? newest;
      if (channel !== undefined) return new Response(release);
      return new Response(
        await readFile(join(from, url.replace(/.*\//, '').replace('@latest', COPIES.authenticator))),
      );
    });
    const directory = join(await scratch(), 'copies');
    expect(await main(['--fetch', directory])).toEqual({
      text: Object.values(COPIES)
        .map((name) => `${name}\n`)
        .sort()
        .join(''),
      exitCode: 0,
    });
    expect(new Set(asked)).toEqual(new Set(['docs.aws.amazon.com', 'proxy.golang.org', 'dl.k8s.io']));
    expect(await main([directory])).toEqual({ text: 'no difference\n', exitCode: 0 });
    vi.stubGlobal('fetch', async () => new Response('', { status: 403, statusText: 'Forbidden' }));
    expect(await main(['--fetch', directory])).toEqual({ text: expect.stringContaining('403'), exitCode: 2 });
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND docs.aws.amazon.com') });
    });
    expect(await main(['--fetch', directory])).toEqual({
      text: expect.stringMatching(/^https:.*kubernetes-versions\.md: .*ENOTFOUND/),
      exitCode: 2,
    });
    vi.unstubAllGlobals();
  });
});

describe('the issue', () => {
  /** Replaces gh with a script that lists these issues. Returns what it was called with, a word per line. */
  async function callsOfGh(issues: readonly object[], changed: Readonly<Record<string, string>>) {
    const bin = await scratch({ 'issues.json': JSON.stringify(issues) });
    const script = `#!/bin/sh
cd '${bin}'
printf '%s\\n' "$@" >> calls
if [ "$2" = list ]; then cat issues.json; else echo https://github.com/owner/name/issues/7; fi
`;
    await writeFile(join(bin, 'gh'), script);
    await chmod(join(bin, 'gh'), 0o755);
    await writeFile(join(bin, 'calls'), '');
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
    const result = await main(['--issue', await published(changed)]);
    vi.unstubAllEnvs();
    return { ...result, calls: await readFile(join(bin, 'calls'), 'utf8') };
  }
  const CHANGED = { [COPIES.authenticator]: '{"Version": "v0.99.0"}' };

  test('is opened with the differences', async () => {
    const { text, exitCode, calls } = await callsOfGh([{ number: 3, title: 'Another' }], CHANGED);
    expect(exitCode).toBe(0);
    expect(text).toContain('v0.99.0 is the newest');
    expect(text).toContain('https://github.com/owner/name/issues/7');
    expect(calls).toContain('issue\ncreate\n');
    expect(calls).toContain('aws-iam-authenticator: v0.99.0 is the newest');
  });

  test('is updated if it is open', async () => {
    const open = { number: 5, title: 'Published data has changed' };
    const { calls } = await callsOfGh([open], CHANGED);
    expect(calls).toContain('issue\nedit\n5\n');
    expect(calls).not.toContain('create');
  });

  test('is not needed without differences', async () => {
    expect(await callsOfGh([], {})).toEqual({ text: 'no difference\n', exitCode: 0, calls: '' });
  });
});
