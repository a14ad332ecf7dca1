import { type AccessEntry, defaultUsername, groupProblem, usernameProblem } from '../access-entry.ts';
import { AUTHENTICATED, groupsText, isNodeGroup } from '../authenticator/groups.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { refusedGroups } from '../cluster/translate.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { printable, quoted } from '../text.ts';
import type { Refusal } from './principal.ts';

/** Why groups get no access entry: it could give none of them; undefined where it gives any, or there are none. */
export function groupsRefusal(groups: readonly string[]): Refusal | undefined {
  const refused = refusedGroups({ groups });
  const isAll = groups.every((group) => group === AUTHENTICATED || refused.includes(group));
  if (refused.length === 0 || !isAll) return undefined;
  const reason = `access entries can give none of its groups: ${refusedText(refused)}`;
  return { reason, help: refusedHelp(refused) };
}

/**
 * What people lose by their access entry: groups beside others, as a warning, and a username, as a note.
 * @param username as it is written, where that is not how the identity has it
 */
export function leftOutFindings(
  identity: KubernetesIdentity,
  { principalArn }: AccessEntry,
  location?: Location,
  username = identity.username,
): Finding[] {
  const refused = refusedGroups(identity);
  const problem = usernameProblem(identity.username);
  const name = printable(principalArn);
  const left = `${name} is left without ${refusedText(refused)}`;
  const own = `${name}: the username ${quoted(username)} is left out, since ${problem}: EKS makes it ${quoted(defaultUsername(principalArn))}`;
  return [
    ...(refused.length === 0
      ? []
      : [warning('group-left-out', left, { help: refusedHelp(refused), location })]),
    ...(problem === undefined ? [] : [note('username-left-out', own, { location })]),
  ];
}

/** `group "system:nodes": EKS refuses groups that start with system:`, a clause for each reason. */
function refusedText(groups: readonly string[]): string {
  const byReason = groupBy(groups, groupProblem);
  return [...byReason].map(([reason, same]) => `${groupsText(same)}: ${reason}`).join('; ');
}

/** The steps, each once. */
function refusedHelp(groups: readonly string[]): string {
  return [...new Set(groups.map(refusedGroupHelp))].join('\n');
}

function refusedGroupHelp(group: string): string {
  if (group === '') return 'Name a group, or remove it.';
  if (!group.startsWith('system:')) return 'Map a group without variables.';
  return isNodeGroup(group)
    ? 'It is for nodes, which get it by the type of their access entry: leave it out.'
    : 'Bind what it is bound to, to a group of another name, and map that group.';
}
