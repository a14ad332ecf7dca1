import type { Answer } from '../wire/answer.ts';
import type { Backend } from '../wire/call.ts';
import type { World, WorldAccount, WorldUnit } from '../world/world.ts';
import { organizationPath } from '../world/world-index.ts';

/** The states with a value of `Status`, the older member; other states use the closest one. */
const STATUS: Readonly<Record<string, string>> = { PENDING_ACTIVATION: 'ACTIVE', CLOSED: 'SUSPENDED' };

export function organizationArn(world: World, type: string, id?: string): string {
  const path = [type, world.organization?.id, id].filter((part) => part !== undefined).join('/');
  return `arn:${world.partition}:organizations::${world.managementAccountId}:${path}`;
}

export function accountAnswer(account: WorldAccount, { world, index, options }: Backend): Answer {
  const omitted: ReadonlySet<string> = new Set(options.omitFromAccount ?? []);
  const members: Answer = {
    Id: account.id,
    Arn: organizationArn(world, 'account', account.id),
    Email: `${account.id}@example.com`,
    Name: account.name,
    Status: STATUS[account.state] ?? account.state,
    State: account.state,
    Paths: [organizationPath(world, index, account.parentId, account.id)],
    JoinedMethod: account.id === world.managementAccountId ? 'INVITED' : 'CREATED',
    JoinedTimestamp: new Date('2024-01-01T00:00:00Z'),
  };
  return Object.fromEntries(Object.entries(members).filter(([name]) => !omitted.has(name)));
}

export function unitAnswer(unit: WorldUnit, { world, index, options }: Backend): Answer {
  const path = organizationPath(world, index, unit.parentId, unit.id);
  return {
    Id: unit.id,
    Arn: organizationArn(world, 'ou', unit.id),
    Name: unit.name,
    Path: options.omitFromAccount?.includes('Paths') ? undefined : path,
  };
}
