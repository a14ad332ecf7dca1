import type { Granted } from '../authenticator/groups.ts';
import { identityOfEntry, type KubernetesIdentity, renderIdentity } from '../authenticator/resolve-caller.ts';
import type { Principal } from '../inventory/model.ts';
import type { EntryAccess, Grant } from './entry-access.ts';

/** The session of a user of Identity Center has the user's name; what a group has is what each of its members has. */
export function identityOf(
  { type, name }: Principal,
  { entry, accountId }: EntryAccess,
): KubernetesIdentity | null {
  return renderIdentity(entry, { accountId, sessionName: type === 'USER' ? name : null });
}

/**
 * The username of whoever gets in, as audit logs of Kubernetes have it in `user.username`; null where it depends on who calls: for a
 * group, a session whose name is not known, or an item of mapAccounts.
 */
export function auditUsername(one: Grant | EntryAccess | (Other & { readonly type: string })): string | null {
  const identity =
    'via' in one
      ? identityOf(one.principal, one.access)
      : 'entry' in one
        ? renderIdentity(one.entry, { accountId: one.accountId, sessionName: null })
        : identityOfEntry({ ...one, arn: one.id });
  const username = identity?.username ?? '';
  return username === '' || username.includes('{{') ? null : username;
}

/** Who gets in without Identity Center; the id is the ARN as written. */
type Other = Omit<Parameters<typeof identityOfEntry>[0], 'arn'> & { readonly id: string };

/** What somebody has once their name is filled in, as far as it is known. */
export function grantedTo(one: Grant | EntryAccess | Other): Granted {
  if ('via' in one) return identityOf(one.principal, one.access) ?? one.access.entry;
  if ('entry' in one) return one.entry;
  return identityOfEntry({ ...one, arn: one.id }) ?? one;
}
