import type { LoadedEntry } from '../authenticator/loaded.ts';

/** An entry that stays, with other values; null leaves a field alone. */
export interface EntryChange {
  readonly entry: LoadedEntry;
  readonly arn: string | null;
  readonly username: string | null;
  readonly groups: readonly string[] | null;
  /** The ARN becomes that of the role's successor. */
  readonly rotated: boolean;
}

/**
 * Why an entry is not wanted: its role is `gone` from an account that was read, no mapping names it (`unmapped`), it
 * exists beside the role of the same permission set that is used (`rival`), or a later entry for the same role overrides it (`shadowed`).
 */
export type UnwantedReason = 'gone' | 'unmapped' | 'rival' | 'shadowed';

export interface UnwantedEntry {
  readonly entry: LoadedEntry;
  readonly reason: UnwantedReason;
}
