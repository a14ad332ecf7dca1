import type { WorldInput } from '../world-input.ts';
import { hexId } from './identifier.ts';
import type { WorldInstance } from './world.ts';

interface Place {
  readonly partition: string;
  readonly homeRegion: string;
  readonly managementAccountId: string;
}

/** Account instances first: a program that uses the first instance it sees uses the wrong one. */
export function instancesOf(input: WorldInput, place: Place): WorldInstance[] {
  const own = (input.accountInstances ?? []).map(({ ownerAccountId, region }) =>
    instance('account', ownerAccountId, region ?? place.homeRegion, [], place),
  );
  if (input.instance === false) return own;
  const further = input.instanceRegions ?? [];
  const ofOrganization = instance(
    'organization',
    place.managementAccountId,
    place.homeRegion,
    further,
    place,
  );
  const arn = `arn:${place.partition}:sso:::instance/${organizationInstance(input, place.managementAccountId)}`;
  return [...own, { ...ofOrganization, arn }];
}

/** The id of the organization's instance: the one in explicit permission set ARNs. */
export function organizationInstance({ permissionSets = [] }: WorldInput, owner: string): string {
  const [stated] = permissionSets.flatMap((set) => (typeof set === 'string' ? [] : set.arn));
  return stated?.split('/')[1] ?? `ssoins-${hexId(16, 'instance', owner)}`;
}

function instance(
  kind: WorldInstance['kind'],
  ownerAccountId: string,
  primaryRegion: string,
  further: readonly string[],
  { partition }: Place,
): WorldInstance {
  return {
    kind,
    arn: `arn:${partition}:sso:::instance/ssoins-${hexId(16, 'instance', ownerAccountId)}`,
    identityStoreId: `d-${hexId(10, 'identity-store', ownerAccountId)}`,
    ownerAccountId,
    primaryRegion,
    regions: [primaryRegion, ...further],
  };
}
