import { partitionOfRegion } from '../../src/arn.ts';
import { clustersOf } from './world/build-clusters.ts';
import { instancesOf, organizationInstance } from './world/build-instances.ts';
import { peopleOf } from './world/build-people.ts';
import { rolesOf } from './world/build-roles.ts';
import { unitsOf } from './world/build-units.ts';
import { hexId } from './world/identifier.ts';
import { lookupIn, pairKey, uniquePairs } from './world/pair.ts';
import type { World, WorldAccount, WorldPermissionSet } from './world/world.ts';
import type { AccountInput, WorldInput } from './world-input.ts';

const MANAGEMENT = '111111111111';

/** Fills in everything a test omits. The same input gives the same world, ids included. */
export function buildWorld(input: WorldInput = {}): World {
  const homeRegion = input.homeRegion ?? 'eu-west-1';
  const partition = partitionOfRegion(homeRegion);
  const managementAccountId = input.managementAccountId ?? MANAGEMENT;
  const place = { homeRegion, partition, managementAccountId };
  const rootId = `r-${hexId(4, 'root', managementAccountId)}`;
  const stated = withManagement(input.accounts ?? [], managementAccountId);
  const { units, parentOf } = unitsOf(rootId, stated, input.emptyUnits ?? []);
  const accounts = stated.map((account) =>
    accountOf(account, managementAccountId, parentOf(account.ou ?? '')),
  );
  const permissionSets = permissionSetsOf(input, partition, managementAccountId);
  const lookup = lookupIn(accounts, permissionSets);
  const people = peopleOf(input, lookup);
  const provisioned = uniquePairs([...people.assignments, ...(input.provisioned ?? []).map(lookup)]);
  const missing = new Set((input.missingRoles ?? []).map(lookup).map(pairKey));
  const withRole = provisioned.filter((pair) => !missing.has(pairKey(pair)));
  const roles = rolesOf({ input, homeRegion, accounts, permissionSets, provisioned: withRole });
  return {
    ...place,
    delegatedAdminId: input.delegatedAdminId ?? null,
    organization: input.organization === false ? null : organizationOf(rootId, managementAccountId),
    instances: instancesOf(input, place),
    units,
    accounts,
    permissionSets,
    provisioned,
    roles,
    clusters: clustersOf(input, place, accounts, roles),
    ...people,
  };
}

function withManagement(accounts: readonly AccountInput[], id: string): readonly AccountInput[] {
  if (accounts.some((account) => account.id === id)) return accounts;
  return [{ id, name: 'management' }, ...accounts];
}

function organizationOf(rootId: string, managementAccountId: string): World['organization'] {
  return { id: `o-${hexId(10, 'organization', managementAccountId)}`, rootId };
}

function accountOf(input: AccountInput, managementAccountId: string, parentId: string): WorldAccount {
  const fallback = input.id === managementAccountId ? null : 'OrganizationAccountAccessRole';
  const name = input.assumableRole === undefined ? fallback : input.assumableRole;
  const trusts = input.trusts ?? [managementAccountId];
  return {
    id: input.id,
    name: input.name ?? `account-${input.id}`,
    state: input.state ?? 'ACTIVE',
    parentId,
    assumable:
      name === null ? null : { name, externalId: input.externalId ?? null, mfa: input.mfa ?? null, trusts },
    denies: input.denies ?? [],
  };
}

function permissionSetsOf(input: WorldInput, partition: string, owner: string): WorldPermissionSet[] {
  const instance = organizationInstance(input, owner);
  return (input.permissionSets ?? []).map((set) => {
    if (typeof set !== 'string') return set;
    return { name: set, arn: `arn:${partition}:sso:::permissionSet/${instance}/ps-${hexId(16, 'set', set)}` };
  });
}
