import type { EksCluster, Inventory, Role } from '../../src/inventory/model.ts';
import { clusterOf } from '../lint/check-case.ts';
import { account, inventory, role, snapshotText } from './build-inventory.ts';

/** A snapshot as a golden case has it; what is left out has the defaults of `inventory`, and clusters those of `clusterOf`. */
interface ShortSnapshot extends Partial<Omit<Inventory, 'accounts' | 'roles' | 'clusters'>> {
  /** Names by id, null for an account without one, or what is not as `account` has it. */
  readonly accounts:
    | Readonly<Record<string, string | null | Parameters<typeof account>[2]>>
    | Inventory['accounts'];
  /** `ACCOUNT PERMISSION-SET [GENERATION]`, as `role` has them, or roles. */
  readonly roles?: readonly (string | Role)[];
  readonly clusters?: readonly Partial<EksCluster>[];
}

/** The text of a snapshot file that was written short. */
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
