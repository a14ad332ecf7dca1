import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { dataText, readKubernetesData } from './kubernetes-data.ts';
import { dumpRbac } from './rbac-cluster.ts';

const FOLDER = join(import.meta.dirname, '../../src/rbac/data');

/** With `-u`, this writes the file. */
test('src/rbac/data has what the API server creates and serves', async () => {
  const data = await readKubernetesData();
  const file = join(FOLDER, `kubernetes-${data.version}.json`);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [, date = ''] = /"date": "(.*)"/.exec(before) ?? [];
  const today = new Date().toISOString().slice(0, 10);
  await expect(dataText(data, dataText(data, date) === before ? date : today)).toMatchFileSnapshot(file);
});

test('the output of kubectl is recognized as a whole cluster', async () => {
  const { findings } = combineRbac([readRbacFile(await dumpRbac(), 'live.yaml')]);
  expect(findings.filter(({ code }) => code === 'rbac-partial')).toEqual([]);
});
