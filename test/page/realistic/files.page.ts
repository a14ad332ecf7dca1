import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toSnapshot } from '../../../src/directory/snapshot.ts';
import { COMPANY, COMPANY_A_MONTH_AGO, type Company } from './company.ts';
import { inventoryOf } from './inventory.ts';
import { FOLDER, folderAMonthAgo, LAST_MONTH, run, WHO } from './realistic.ts';

const snapshotOf = (company: Company) => linesOf(toSnapshot(inventoryOf(company)));

test('inventory.json is the company, and last-month.json who had access a month ago (-u writes them)', async () => {
  await expect(snapshotOf(COMPANY)).toMatchFileSnapshot(join(FOLDER, 'inventory.json'));
  const folder = await folderAMonthAgo(snapshotOf(COMPANY_A_MONTH_AGO));
  const { stdout } = await run(folder, [...WHO, '-o', 'json']);
  await expect(linesOf(JSON.parse(stdout))).toMatchFileSnapshot(join(FOLDER, LAST_MONTH));
});

/** JSON with a line for each item of a list and for each other value of an object, so that a diff shows what changed. */
function linesOf(value: object): string {
  if (Array.isArray(value)) return `[\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`;
  const fields = Object.entries(value).map(
    ([name, one]) => `"${name}": ${Array.isArray(one) ? linesOf(one).trimEnd() : JSON.stringify(one)}`,
  );
  return `{\n${fields.join(',\n')}\n}\n`;
}
