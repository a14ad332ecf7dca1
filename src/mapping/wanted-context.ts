import type { WantedContext } from '../cluster/unwanted.ts';
import { ReadTime } from '../inventory/read-time.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import type { Desired } from './resolve.ts';

/** The knowledge that decides whether the entry of a provisioned role is wanted. */
export function wantedContext({
  inventory,
  request,
  scoped,
  unresolved,
}: Pick<Desired, 'inventory' | 'request' | 'scoped' | 'unresolved'>): WantedContext {
  return {
    roles: RoleFacts.of(inventory),
    scope: new Set(scoped.accountIds),
    unresolved: unresolved.flatMap(({ mapping: { selector }, exact }) => {
      const permissionSet = selector.kind === 'name' ? selector.name : null;
      return (exact.length > 0 ? exact : [null]).map((accountId) => ({ accountId, permissionSet }));
    }),
    isListed: (arn) => request.otherEntries.exactly(arn) !== undefined,
    isFresh: !ReadTime.of(inventory).isOld,
  };
}
