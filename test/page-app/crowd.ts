import type { PageData } from '../../src/page/data.ts';
import { Draw } from '../draw.ts';
import { dataOf, entryOf, rowOf } from './made-rows.ts';
import { numbers } from './world-names.ts';

/** A page of up to 3,000 people with many permission sets, accounts, and combinations of them. */
export function crowd(seed: number): PageData {
  const draw = new Draw(seed);
  const people = draw.pick(300, 1_000, 3_000);
  const vias = draw.pick(3, 20, 300);
  const sets = draw.pick(2, 10, 60);
  const accounts = draw.pick(2, 30, 150);
  const groups = draw.pick(2, 8, 100);
  const rows = numbers(accounts * Math.min(sets, 4)).map((index) => {
    const accountId = String(100_000_000_000 + (index % accounts));
    const permissionSet = `Set${draw.below(sets)}`;
    const id = `arn:aws:iam::${accountId}:role/AWSReservedSSO_${permissionSet}_${String(index).padStart(16, '0')}`;
    const entry = entryOf({
      source: 'aws-auth',
      id,
      arn: id,
      username: draw.percent(80) ? 'sso:{{SessionName}}' : `user-${index}`,
      groups: [`group-${draw.below(groups)}`],
    });
    const accountName = `account-${index % accounts}`;
    return rowOf({ accountId, accountName, permissionSet, routes: [] }, entry);
  });
  // Many people have the same rows as others.
  const kinds = numbers(draw.pick(2, 40, 400)).map(() =>
    numbers(draw.between(1, 4)).map(() => {
      const via = draw.below(vias + 1);
      const row = rows[draw.below(rows.length)] ?? rowOf();
      return { ...row, via: via === 0 ? null : `team-${via - 1}` };
    }),
  );
  return dataOf(
    numbers(people).flatMap((person) => {
      const principal = { type: 'USER', id: `u-${person}`, name: `person-${person}` } as const;
      return (kinds[draw.below(kinds.length)] ?? []).map((row) => ({ ...row, principal }));
    }),
  );
}
