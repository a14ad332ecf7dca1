import { withoutPath } from '../arn.ts';
import { type Inventory, type Role, unlistedAccount } from '../directory/model.ts';
import { selectorsOf } from '../directory/query.ts';
import { formatRoleName, PROVISIONED_PATH, UNKNOWN_SUFFIX } from '../role-name.ts';
import { queryOf, type Request } from './request.ts';

/**
 * The roles that mappings name, as if they had been read: Terraform finds them by name. Null if only AWS can tell which
 * permission sets and accounts are meant, or which of them exist.
 * @param ownAccount `self`, the account of Terraform's default provider; null if unknown, which makes its ID empty
 */
export function namedRoles(request: Request, partition: string, ownAccount: string | null): Inventory | null {
  const ids = new Set(
    selectorsOf(queryOf(request)).map((selector) => {
      if (selector.kind === 'self') return ownAccount ?? '';
      return selector.kind === 'id' ? selector.id : null;
    }),
  );
  const names = new Set(
    request.mappings.map(({ selector, assignedTo, optional }) =>
      selector.kind === 'name' && !assignedTo && !optional ? selector.name : null,
    ),
  );
  if (names.has(null) || ids.has(null) || (ids.has('') && needsOwnAccount(request, ids.size))) return null;
  const accounts = [...ids].flatMap((id) => (id === null ? [] : { ...unlistedAccount(id), rolesRead: true }));
  const roles = accounts.flatMap(({ id: accountId }) =>
    [...names].flatMap((permissionSet): Role[] => {
      if (permissionSet === null) return [];
      const roleName = formatRoleName({ permissionSet, suffix: UNKNOWN_SUFFIX });
      const pathArn = `arn:${partition}:iam::${accountId}:role${PROVISIONED_PATH}${roleName}`;
      return [{ accountId, permissionSet, roleArn: withoutPath(pathArn), pathArn, createdAt: '' }];
    }),
  );
  return {
    capturedAt: '',
    partition,
    callerAccountId: ownAccount ?? '',
    instance: null,
    accounts,
    permissionSets: null,
    roles,
    assignments: null,
    principals: null,
  };
}

/** True if something depends on the ID of the unknown account. */
function needsOwnAccount({ mappings, nodeRoles }: Request, accounts: number): boolean {
  const texts = mappings.flatMap(({ username, groups }) => [username ?? '', ...groups]);
  return accounts > 1 || nodeRoles.config.length > 0 || texts.some((text) => text.includes('{{AccountID}}'));
}
