import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKubernetesRelease } from '../kubernetes-data/release.ts';
import { AUTHENTICATOR, COPIES, storedData } from './copies.ts';

const GUIDE = 'https://docs.aws.amazon.com/eks/latest/userguide';

/** Downloads what `compareWith` reads. Returns the names of the files. */
export async function fetchPublished(directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const written: string[] = [];
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    written.push(name);
  };
  write(COPIES.offered, await download(`${GUIDE}/${COPIES.offered}`));
  write(COPIES.policies, await download(`${GUIDE}/${COPIES.policies}`));
  write(COPIES.authenticator, await download(`https://proxy.golang.org/${AUTHENTICATOR}/@latest`));
  const data = storedData();
  const channels = ['stable', ...[...data.keys()].map((version) => `stable-${version}`)];
  const releases = await Promise.all(channels.map((one) => download(`https://dl.k8s.io/release/${one}.txt`)));
  const newest = [...new Set(releases.map((release) => release.trim()))];
  write(COPIES.releases, `${newest.join('\n')}\n`);
  for (const release of newest) {
    const stored = data.get(release.replace(/^v|\.\d+$/g, ''));
    if (!stored || stored.source.endsWith(` ${release}`)) continue;
    const text = JSON.stringify({ ...readKubernetesRelease(release), source: release, date: '' });
    write(`kubernetes-${stored.version}.json`, text);
  }
  return written
    .sort()
    .map((name) => `${name}\n`)
    .join('');
}

async function download(url: string): Promise<string> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new Error(`${url}: ${cause instanceof Error ? (cause.cause ?? cause.message) : cause}`);
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.text();
}
