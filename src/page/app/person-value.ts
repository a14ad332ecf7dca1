import type { WhoRow } from '../../access/who-rows.ts';

/** `USER/alice@example.com`, `GROUP/Platform`, `IAM_ROLE/arn:…`: names, which stay the same when an ID is new. */
export function personValue({ type, id, name }: WhoRow['principal']): string {
  return `${type}/${type === 'USER' || type === 'GROUP' ? (name ?? id) : id}`;
}
