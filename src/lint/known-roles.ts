import type { Role } from '../inventory/model.ts';
import type { ProvisionedRoleArn } from '../role-name.ts';
import { newestRole } from './newest-role.ts';

/** What exists in the accounts that were read. */
export class KnownRoles {
  private readonly byArn: ReadonlySet<string>;
  private readonly bySet = new Map<string, Role[]>();
  private readonly byAccount = new Map<string, string[]>();

  constructor(roles: readonly Role[]) {
    this.byArn = new Set(roles.map(({ roleArn }) => roleArn.toLowerCase()));
    for (const role of roles) {
      append(this.bySet, setKey(role), role);
      append(this.byAccount, role.accountId, role.permissionSet);
    }
  }

  has({ roleArn }: ProvisionedRoleArn): boolean {
    return this.byArn.has(roleArn.toLowerCase());
  }

  successorOf(role: ProvisionedRoleArn): Role | undefined {
    return newestRole(this.bySet.get(setKey(role)) ?? []);
  }

  setsIn(accountId: string): readonly string[] {
    return this.byAccount.get(accountId) ?? [];
  }
}

export function setKey({
  accountId,
  permissionSet,
}: {
  readonly accountId: string;
  readonly permissionSet: string;
}): string {
  return `${accountId} ${permissionSet.toLowerCase()}`;
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
