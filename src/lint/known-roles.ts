import type { Role } from '../inventory/model.ts';
import { rolesBySet } from '../inventory/newest-role.ts';
import { type ProvisionedRoleArn, roleKey, setKey } from '../role-name.ts';

/** What exists in the accounts that were read. */
export class KnownRoles {
  private readonly byArn: ReadonlySet<string>;
  private readonly bySet: ReadonlyMap<string, readonly Role[]>;
  private readonly byAccount = new Map<string, string[]>();

  constructor(roles: readonly Role[]) {
    this.byArn = new Set(roles.map(roleKey));
    this.bySet = rolesBySet(roles);
    for (const role of roles) {
      append(this.byAccount, role.accountId, role.permissionSet);
    }
  }

  has(role: ProvisionedRoleArn): boolean {
    return this.byArn.has(roleKey(role));
  }

  successorOf(role: ProvisionedRoleArn): Role | undefined {
    return this.bySet.get(setKey(role))?.[0];
  }

  setsIn(accountId: string): readonly string[] {
    return this.byAccount.get(accountId) ?? [];
  }
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
