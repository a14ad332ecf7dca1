import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lostAccess } from '../../src/page/app/table/row-story.ts';
import { PageRows } from '../../src/page/decode.ts';
import { run } from '../cli/run.ts';
import { ROOT } from '../pages.ts';
import { pageDataOf } from './worlds.ts';

const cwd = join(ROOT, 'test', 'golden', 'realistic');
const WHO = [
  ...['who', 'aws-auth.yaml', '--cluster', 'prod', '--inventory', 'inventory.json', '--rbac', 'rbac.yaml'],
  ...['--expand', '--since', 'last-month.json', '-o', 'html'],
];

test('lost access says why, if the entry is still there, and whether its person has other access', async () => {
  const { stdout } = await run(WHO, { cwd });
  const rows = new PageRows(pageDataOf(stdout));
  const lost = Array.from({ length: rows.count }, (_, row) => ({
    name: rows.principal(rows.index(row, 'principals')).name?.split('@')[0],
    lost: lostAccess(rows, row),
  })).filter((one) => one.lost !== null);
  const reason = "the role doesn't exist";
  expect(lost).toEqual([
    { name: 'Data', lost: { reason, hasOther: false } },
    { name: 'julia.lang', lost: { reason, hasOther: false } },
    { name: 'omar.farouk', lost: { reason, hasOther: true } },
    { name: 'pedro.alves', lost: { reason, hasOther: false } },
    { name: 'mark.ellis', lost: { reason: null, hasOther: false } },
  ]);
});
