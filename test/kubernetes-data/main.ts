import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataText } from './data.ts';
import { MODULE, readKubernetesRelease } from './release.ts';

/** Writes the files of these releases in src/rbac/data. A date changes only with what a file says. */
export function main(releases: readonly string[]): void {
  for (const release of releases) {
    const data = readKubernetesRelease(release);
    const file = join(import.meta.dirname, `../../src/rbac/data/kubernetes-${data.version}.json`);
    const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const source = `${MODULE} ${release}`;
    const [, date = ''] = /"date": "(.*)"/.exec(before) ?? [];
    if (dataText(data, source, date) === before) continue;
    writeFileSync(file, dataText(data, source, new Date().toISOString().slice(0, 10)));
    process.stdout.write(`${file}\n`);
  }
}
