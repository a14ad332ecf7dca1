import { NOBODY, principalLabel } from '../../../access/row-texts.ts';
import type { WhoRow } from '../../../access/who-rows.ts';

interface PersonText {
  readonly name: string;
  /** `user`, `deleted group`; empty for a placeholder. */
  readonly kind: string;
}

/** The principal of a row in words. */
export function personText(row: WhoRow): PersonText {
  const text = principalText(row);
  return row.way?.isNode ? { ...text, kind: 'nodes' } : text;
}

/** Like `personText`, but a role of nodes is an IAM role. */
export function principalText(row: WhoRow): PersonText {
  const { name, kind } = principalLabel(row);
  if (kind === null) return { name: name === NOBODY ? 'Nobody' : 'Unknown people', kind: '' };
  // A button without a text couldn't be read.
  const shown = name.trim() === '' ? '(no name)' : name;
  return { name: shown, kind: row.principal.name === null ? `deleted ${kind}` : kind };
}
