import type { Answer } from '../wire/answer.ts';
import type { Backend, Call } from '../wire/call.ts';
import { pageOf } from '../wire/page.ts';
import type { WorldInstance } from '../world/world.ts';
import { isManagement } from './administrator.ts';

/** Member accounts see the organization's instance too, although every other operation refuses them. */
export function listInstances(call: Call, backend: Backend): Answer {
  const visible = backend.world.instances.filter(
    (instance) => instance.regions.includes(call.region) && isVisible(instance, call, backend),
  );
  const { items, token } = pageOf(call, backend, visible);
  return { Instances: items.map((instance) => instanceAnswer(instance, backend)), NextToken: token };
}

function isVisible(instance: WorldInstance, call: Call, backend: Backend): boolean {
  const { accountId } = call.caller;
  if (instance.ownerAccountId === accountId || isManagement(call, backend)) return true;
  if (backend.world.delegatedAdminId === accountId) return true;
  return instance.kind === 'organization' && backend.options.instanceVisibleToMembers !== false;
}

function instanceAnswer(instance: WorldInstance, { options }: Backend): Answer {
  const omitted: ReadonlySet<string> = new Set(options.omitFromInstance ?? []);
  const members: Answer = {
    InstanceArn: instance.arn,
    IdentityStoreId: instance.identityStoreId,
    OwnerAccountId: instance.ownerAccountId,
    CreatedDate: new Date('2024-01-01T00:00:00Z'),
    Status: 'ACTIVE',
    PrimaryRegion: instance.primaryRegion,
    Regions: instance.regions.map((region) => ({
      RegionName: region,
      Status: 'ACTIVE',
      IsPrimaryRegion: region === instance.primaryRegion,
    })),
  };
  return Object.fromEntries(Object.entries(members).filter(([name]) => !omitted.has(name)));
}
