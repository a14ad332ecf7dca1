import type { Finding } from '../errors.ts';
import type { Inventory, Role } from '../inventory/model.ts';
import { rolesBySet } from '../inventory/newest-role.ts';
import { quoted } from '../text.ts';

export type RolesByAccount = ReadonlyMap<string, readonly Role[]>;

export interface NewestRoles {
  readonly byAccount: RolesByAccount;
  /** For each role that was preferred over others: a warning that names them all. */
  readonly preferred: readonly { readonly role: Role; readonly finding: Finding }[];
}

/** One role for each permission set and account: where there are several, the newest. */
export function newestRoles(inventory: Inventory): NewestRoles {
  const preferred: { role: Role; finding: Finding }[] = [];
  const byAccount = new Map<string, Role[]>();
  for (const candidates of rolesBySet(inventory.roles).values()) {
    const [newest, ...older] = candidates;
    if (!newest) continue;
    if (older.length > 0) preferred.push({ role: newest, finding: severalRoles(newest, older) });
    const roles = byAccount.get(newest.accountId);
    if (roles) roles.push(newest);
    else byAccount.set(newest.accountId, [newest]);
  }
  return { byAccount, preferred };
}

function severalRoles(newest: Role, older: readonly Role[]): Finding {
  const others = older.map((role) => `${role.roleArn} (${role.createdAt})`).join(', ');
  return {
    severity: 'warning',
    code: 'several-roles-of-one-set',
    message: `permission set ${quoted(newest.permissionSet)} has several roles in account ${newest.accountId}: the newest is used, ${newest.roleArn} (${newest.createdAt}); not used: ${others}`,
  };
}
