import { memo } from '../memo.ts';
import type { Inventory, PermissionSet } from './model.ts';

/** The instance ID that the ARNs of an instance and of its permission sets share: `ssoins-…`. */
export function instanceIdOf(arn: string): string | undefined {
  return /:(?:instance|permissionSet)\/([^/]+)/.exec(arn)?.[1];
}

/** Joins accounts and permission sets by instance: names are only unique within one. */
export class AccountInstances {
  /** An inventory's accounts and permission sets, indexed once. */
  static readonly of = memo((inventory: Inventory) => new AccountInstances(inventory));

  private readonly instances: ReadonlyMap<string, string>;
  private readonly sets: ReadonlyMap<string, PermissionSet>;

  private constructor({ accounts, permissionSets }: Inventory) {
    this.instances = new Map(accounts.flatMap(({ id, instance }) => (instance ? [[id, instance]] : [])));
    this.sets = new Map(permissionSets?.map((set) => [`${instanceIdOf(set.arn)} ${set.name}`, set]));
  }

  /** The ARN of the instance known to cover an account. */
  instanceOf(accountId: string): string | undefined {
    return this.instances.get(accountId);
  }

  /** The permission set of the roles with its name in an account; undefined if that isn't known. */
  setIn(accountId: string, name: string): PermissionSet | undefined {
    const instance = this.instanceOf(accountId);
    return instance === undefined ? undefined : this.sets.get(`${instanceIdOf(instance)} ${name}`);
  }

  /** True if the instance of a permission set is known to cover an account. */
  covers(accountId: string, permissionSetArn: string): boolean {
    const instance = this.instanceOf(accountId);
    return instance !== undefined && instanceIdOf(instance) === instanceIdOf(permissionSetArn);
  }
}
