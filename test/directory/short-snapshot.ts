import type { EksCluster, Inventory, Role } from '../../src/directory/model.ts';
import { clusterOf } from '../check/check-case.ts';
import { account, inventory, role, snapshotText } from './build-inventory.ts';

/** A snapshot in a golden case; missing fields have the defaults of `inventory`, clusters those from `clusterOf`. */
interface ShortSnapshot extends Partial<Omit<Inventory, 'accounts' | 'roles' | 'clusters'>> {
  /** Names by ID, null for an account without one, or fields that differ from `account`. */
  readonly accounts:
    | Readonly<Record<string, string | null | Parameters<typeof account>[2]>>
    | Inventory['accounts'];
  /** `ACCOUNT PERMISSION-SET [GENERATION]`, the arguments of `role`, or roles. */
  readonly roles?: readonly (string | Role)[];
  readonly clusters?: readonly Partial<EksCluster>[];
}

/** The snapshot file for a short snapshot. */
export function snapshotOf({ accounts, roles = [], clusters, ...rest }: ShortSnapshot): string {
  return snapshotText(
    inventory(
      Array.isArray(accounts) ? accounts : Object.entries(accounts).map(accountOf),
      roles.map(roleOf),
      {
        ...rest,
        ...(clusters && { clusters: clusters.map((cluster) => clusterOf(JSON.stringify(cluster))) }),
      },
    ),
  );
}

function accountOf([id, told]: [string, string | null | Parameters<typeof account>[2]]) {
  if (told === null || typeof told !== 'object') return account(id, told);
  return account(id, told.name ?? null, told);
}

function roleOf(told: string | Role): Role {
  if (typeof told !== 'string') return told;
  const [id = '', set = '', generation = '1'] = told.split(' ');
  return role(id, set, Number(generation));
}
