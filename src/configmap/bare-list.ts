import { type Location, refusal } from '../errors.ts';
import type { SequenceNode, YamlNode } from '../yaml/node.ts';

/**
 * Tells a bare `mapRoles` list from lists of other things: some item must name a role, unless there is none.
 * @throws Failure
 */
export function requireRoleList(list: SequenceNode, locationOf: (offset: number) => Location): void {
  if (list.items.length === 0 || list.items.some(mayNameRole)) return;
  throw refusal({
    message: 'this is a list, but no item of it has a rolearn',
    location: locationOf(list.start),
    help: 'Give an aws-auth ConfigMap, or the list that is its mapRoles.',
  });
}

/** Whether an item may be one of `mapRoles`. */
export function mayNameRole(item: YamlNode): boolean {
  if (item.kind !== 'mapping') return item.kind === 'alias';
  return item.pairs.some(({ key }) => key.kind === 'scalar' && /^(?:rolearn|sso|<<)$/i.test(key.text));
}
