import type { WorldInput } from '../world-input.ts';
import { hexId } from './identifier.ts';
import type { WorldInstance } from './world.ts';

interface Place {
  readonly partition: string;
  readonly homeRegion: string;
  readonly managementAccountId: string;
}

/** Account instances first: a program that takes the first instance it sees takes the wrong one. */
export function instancesOf(input: WorldInput, place: Place): WorldInstance[] {
  const own = (input.accountInstances ?? []).map(({ ownerAccountId, region }) =>
    instance('account', ownerAccountId, region ?? place.homeRegion, [], place),
  );
  if (input.instance === false) return own;
  const further = input.instanceRegions ?? [];
  return [...own, instance('organization', place.managementAccountId, place.homeRegion, further, place)];
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
