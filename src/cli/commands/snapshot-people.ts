import { type Failure, type Finding, refusal } from '../../errors.ts';
import { accountText, type Inventory } from '../../inventory/model.ts';
import type { PeopleQuery } from '../../inventory/query.ts';
import { listed } from '../../text.ts';

const TAKE_AGAIN =
  'Take it again with `aws-auth-sso snapshot --principals`; it then holds the names of users and groups.';

/**
 * Whether snapshots can answer a question about people in some accounts; answers a warning where they can only in part.
 * @throws Failure (exit 2) where they cannot
 */
export function checkPeople(
  { accounts, assignments, principals }: Inventory,
  question: PeopleQuery,
  accountIds: ReadonlySet<string>,
): Finding[] {
  if (assignments === null || principals === null)
    throw untold('the snapshot does not say who is assigned what');
  const concerned = accounts.filter(({ id, rolesRead }) => rolesRead && accountIds.has(id));
  const unread = concerned.filter(({ assignmentsRead }) => !assignmentsRead);
  const where = listed(unread.map(accountText));
  if (unread.length > 0 && unread.length === concerned.length)
    throw untold(`the snapshot does not say who is assigned what in ${where}`);
  const needsMembers = question.members || question.named.some(({ type }) => type === 'USER');
  if (needsMembers && principals.some(({ type, members }) => type === 'GROUP' && members === null))
    throw untold('the snapshot does not say who is in its groups');
  if (unread.length === 0) return [];
  const message = `the snapshot does not say who is assigned what in ${where}`;
  return [{ severity: 'warning', code: 'assignments-unknown', message }];
}

function untold(message: string): Failure {
  return refusal({ message, help: TAKE_AGAIN });
}
