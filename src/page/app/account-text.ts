import { accountTexts } from '../../access/row-texts.ts';
import { memo } from '../../memo.ts';
import type { PageRows } from '../decode.ts';

/** The account of a row in words: its name, or its ID if accounts share the name. */
export const accountTextIn = memo((rows: PageRows) => {
  const accounts = new Map(rows.data.tables.entries.map((one) => [one.accountId, one.accountName]));
  return accountTexts(Array.from(accounts, ([id, name]) => ({ id, name })));
});
