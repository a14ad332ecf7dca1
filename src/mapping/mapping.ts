import type { Location } from '../errors.ts';
import type { AccountSelector } from '../inventory/scope/account-selector.ts';
import type { PermissionSetSelector, PrincipalSelector } from './permission-set-selector.ts';

/** A user's rule: which permission sets, in which accounts, get which username and groups. */
export interface Mapping {
  readonly selector: PermissionSetSelector;
  /** Null: the default scope. */
  readonly accounts: readonly AccountSelector[] | null;
  /** Only where this principal is assigned. */
  readonly assignedTo: PrincipalSelector | null;
  /** Null: not stated. */
  readonly username: string | null;
  readonly groups: readonly string[];
  /** May resolve to nothing. */
  readonly optional: boolean;
  readonly origin: Origin;
}

/** Where a mapping was written, for messages: its place in the config, or the flag. */
export interface Origin {
  readonly text: string;
  readonly place?: Location;
}
