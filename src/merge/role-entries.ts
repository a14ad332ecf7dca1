import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';

/** An entry of a provisioned role. */
export interface RoleEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
  /** The ARN without path, in lower case: equal for two ARNs of one role. */
  readonly key: string;
}

/** Entries by the role that they are for, whatever the case of their ARN and whether or not a path was left in. */
export class RoleEntries {
  /** In the order of the list. */
  readonly all: readonly RoleEntry[];
  private readonly byKey = new Map<string, RoleEntry[]>();
  private readonly bySet = new Map<string, RoleEntry[]>();

  /** `roles`: those that will be asked for. */
  constructor(entries: readonly LoadedEntry[], roles: readonly ProvisionedRoleArn[]) {
    for (const role of roles) {
      this.byKey.set(roleKey(role), []);
      this.bySet.set(setKey(role), []);
    }
    this.all = entries.flatMap((entry) => {
      const role = parseProvisionedRoleArn(entry.arn);
      return role ? { entry, role, key: roleKey(role) } : [];
    });
    for (const roleEntry of this.all) {
      this.byKey.get(roleEntry.key)?.push(roleEntry);
      this.bySet.get(setKey(roleEntry.role))?.push(roleEntry);
    }
  }

  ofRole(role: ProvisionedRoleArn): readonly RoleEntry[] {
    return this.byKey.get(roleKey(role)) ?? [];
  }

  /** Whether some role of this permission set in this account will be asked for. */
  isWantedSet(role: ProvisionedRoleArn): boolean {
    return this.bySet.has(setKey(role));
  }

  /** Those of the same permission set in the same account, whatever the suffix. */
  ofPermissionSet(role: ProvisionedRoleArn): readonly RoleEntry[] {
    return this.bySet.get(setKey(role)) ?? [];
  }
}

export function roleKey(role: ProvisionedRoleArn): string {
  return role.roleArn.toLowerCase();
}

function setKey({ partition, accountId, permissionSet }: ProvisionedRoleArn): string {
  return `${partition} ${accountId} ${permissionSet.toLowerCase()}`;
}
