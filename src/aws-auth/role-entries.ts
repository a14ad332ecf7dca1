import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import type { LoadedEntry } from './loaded.ts';

/** An entry of a provisioned role. */
export interface RoleEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
}

/** Entries by the role that they are for, whatever the case of their ARN and whether or not a path was left in. */
export class RoleEntries {
  /** In the order of the list. */
  readonly all: readonly RoleEntry[];
  private readonly byArn = new Map<string, RoleEntry[]>();
  private readonly bySet = new Map<string, RoleEntry[]>();
  private readonly arns = new Set<string>();

  constructor(entries: readonly LoadedEntry[]) {
    this.all = entries.flatMap((entry) => {
      this.arns.add(entry.arn.toLowerCase());
      const role = parseProvisionedRoleArn(entry.arn);
      return role ? [{ entry, role }] : [];
    });
    for (const roleEntry of this.all) {
      append(this.byArn, roleKey(roleEntry.role), roleEntry);
      append(this.bySet, setKey(roleEntry.role), roleEntry);
    }
  }

  /** Whether some entry has this very ARN, ignoring case. */
  hasArn(arn: string): boolean {
    return this.arns.has(arn.toLowerCase());
  }

  ofRole(role: ProvisionedRoleArn): readonly RoleEntry[] {
    return this.byArn.get(roleKey(role)) ?? [];
  }

  /** Those of the same permission set in the same account, whatever the suffix. */
  ofPermissionSet(role: ProvisionedRoleArn): readonly RoleEntry[] {
    return this.bySet.get(setKey(role)) ?? [];
  }
}

/** The ARN without path, in lower case: equal for two ARNs of one role. */
export function roleKey(role: ProvisionedRoleArn): string {
  return role.roleArn.toLowerCase();
}

function setKey({ partition, accountId, permissionSet }: ProvisionedRoleArn): string {
  return `${partition} ${accountId} ${permissionSet.toLowerCase()}`;
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
