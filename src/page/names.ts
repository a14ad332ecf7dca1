import { parseArn } from '../arn.ts';
import { memo } from '../memo.ts';
import { accountTexts } from '../who/row-texts.ts';
import type { PageEntry } from './data.ts';
import type { PageRows } from './decode.ts';

/** Names of accounts by ID; without those that aren't known. */
export const accountNames = memo(({ data }: PageRows): ReadonlyMap<string, string> => {
  return new Map(
    data.tables.entries.flatMap(({ accountId, accountName }) =>
      accountName === null ? [] : [[accountId, accountName] as const],
    ),
  );
});

/** An account in words, by its ID: its name, or the ID if accounts share the name. */
export const accountTextIn = memo((rows: PageRows) => {
  const names = accountNames(rows);
  const textOf = accountTexts(Array.from(names, ([id, name]) => ({ id, name })));
  return ({ accountId }: Pick<PageEntry, 'accountId'>) =>
    textOf({ accountId, accountName: names.get(accountId) ?? null });
});

/** A place that couldn't be read: `prod in acme-legacy eu-west-1`, `any cluster in acme-legacy eu-west-1` */
export function placeName(rows: PageRows, entry: PageEntry): string {
  const own = entry.cluster === null ? 'any cluster' : ownName(entry.cluster, entry.clusterArn);
  return `${own} in ${accountTextIn(rows)(entry)} ${entry.unread?.region ?? ''}`;
}

/** A cluster's name; with its account and region if others have the same, whose name in the rows is then their ARN. */
export function clusterName(rows: PageRows, name: string, arn: string | null): string {
  return name === arn ? `${ownName(name, arn)} in ${placeOf(rows, arn)}` : name;
}

/** The name of a cluster that its account has only once. */
export function ownName(name: string, arn: string | null): string {
  return name === arn ? name.slice(name.indexOf('/') + 1) : name;
}

/** `acme-prod eu-west-1`; empty without an ARN. */
export function placeOf(rows: PageRows, arn: string | null): string {
  const { accountId, region } = (arn !== null && parseArn(arn)) || {};
  if (accountId === undefined) return '';
  return `${accountTextIn(rows)({ accountId })} ${region}`;
}
