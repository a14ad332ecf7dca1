import { refusal } from '../errors.ts';
import { type Principal, principalTypeText, shortName } from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import type { PrincipalName } from '../inventory/query.ts';
import { didYouMean, quoted } from '../text.ts';

/**
 * The principals of a name; there is one, unless snapshots of several identity stores are united.
 * @throws Failure (exit 2) where nobody has it
 */
export function requirePrincipal(
  { type, name }: PrincipalName,
  assignees: Assignees,
  isSnapshot: boolean,
): readonly Principal[] {
  const found = assignees.named(type, name);
  if (found.length > 0) return found;
  const text = quoted(shortName(name));
  const message = isSnapshot
    ? `the snapshot knows no ${principalTypeText(type)} named ${text}`
    : `no ${principalTypeText(type)} is named ${text}`;
  const near = didYouMean(name, assignees.namesOf(type).map(shortName));
  throw refusal({
    message,
    help: near ?? 'Case and every character count; a user is named by its user name.',
  });
}
