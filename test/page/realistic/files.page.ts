import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toSnapshot } from '../../../src/inventory/snapshot.ts';
import { COMPANY, COMPANY_A_MONTH_AGO, type Company } from './company.ts';
import { inventoryOf } from './inventory.ts';
import { FOLDER, folderAMonthAgo, LAST_MONTH, run, WHO } from './realistic.ts';

const snapshotOf = (company: Company) => `${JSON.stringify(toSnapshot(inventoryOf(company)), null, 1)}\n`;

test('inventory.json is the company, and last-month.json who had access a month ago (-u writes them)', async () => {
  await expect(snapshotOf(COMPANY)).toMatchFileSnapshot(join(FOLDER, 'inventory.json'));
  const folder = await folderAMonthAgo(snapshotOf(COMPANY_A_MONTH_AGO));
  const { stdout } = await run(folder, [...WHO, '-o', 'json']);
  await expect(stdout).toMatchFileSnapshot(join(FOLDER, LAST_MONTH));
});
