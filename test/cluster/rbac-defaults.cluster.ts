import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { combineRbac } from '../../src/rbac/combine.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { servedKubernetesData } from './kubernetes-data.ts';
import { dumpRbac } from './rbac-cluster.ts';

const FOLDER = join(import.meta.dirname, '../../src/rbac/data');

test('src/rbac/data has what the API server creates and serves', async () => {
  const data = await servedKubernetesData();
  const file = join(FOLDER, `kubernetes-${data.version}.json`);
  const { source, date, ...stored } = JSON.parse(readFileSync(file, 'utf8'));
  expect(stored).toEqual(data);
  expect([source, date]).toEqual([
    expect.stringContaining(`v${data.version}.`),
    expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  ]);
});

test('the output of kubectl is recognized as a whole cluster', async () => {
  const { findings } = combineRbac([readRbacFile(await dumpRbac(), 'live.yaml')]);
  expect(findings.filter(({ code }) => code === 'rbac-partial')).toEqual([]);
});
