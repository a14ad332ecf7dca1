import { AUTHENTICATED, groupsText, isNodeGroup } from '../aws-auth/groups.ts';
import type { KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import { type AccessEntry, defaultUsername, groupProblem, usernameProblem } from '../eks.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { printable, quoted } from '../text.ts';
import type { Refusal } from './principal.ts';
import { refusedGroups } from './translate-entry.ts';

/** Refuses groups if an access entry can have none of them; undefined if it can have any, or if there are no groups. */
export function groupsRefusal(groups: readonly string[]): Refusal | undefined {
  const refused = refusedGroups({ groups });
  const isAll = groups.every((group) => group === AUTHENTICATED || refused.includes(group));
  if (refused.length === 0 || !isAll) return undefined;
  const reason = `access entries can't have any of its groups: ${refusedText(refused)}`;
  return { reason, help: refusedHelp(refused) };
}

/**
 * Findings on what people lose with their access entry: a warning for some of their groups, a note for the username.
 * @param username as written, if it differs from the identity's
 */
export function leftOutFindings(
  identity: KubernetesIdentity,
  { principalArn }: Pick<AccessEntry, 'principalArn'>,
  location?: Location,
  username = identity.username,
): Finding[] {
  const refused = refusedGroups(identity);
  const problem = usernameProblem(identity.username);
  const name = printable(principalArn);
  const left = `${name} loses ${refusedText(refused)}`;
  const own = `${name}: the username ${quoted(username)} is dropped because ${problem}; EKS sets ${quoted(defaultUsername(principalArn))}`;
  return [
    ...(refused.length === 0
      ? []
      : [warning('group-left-out', left, { help: refusedHelp(refused), location })]),
    ...(problem === undefined ? [] : [note('username-left-out', own, { location })]),
  ];
}

/** `group "system:nodes", because EKS refuses groups that start with system:`, one clause for each reason. */
function refusedText(groups: readonly string[]): string {
  const byReason = groupBy(groups, groupProblem);
  return [...byReason].map(([reason, same]) => `${groupsText(same)}, because ${reason}`).join('; ');
}

/** The next steps, each once. */
function refusedHelp(groups: readonly string[]): string {
  return [...new Set(groups.map(refusedGroupHelp))].join('\n');
}

function refusedGroupHelp(group: string): string {
  if (group === '') return 'Name a group, or remove it.';
  if (!group.startsWith('system:')) return 'Map a group without variables.';
  return isNodeGroup(group)
    ? 'Remove it. It is for nodes, which get it from the type of their access entry.'
    : 'Bind the same roles to a group with another name, and map that group.';
}
