import {
  callerOf,
  otherRolesOfUser,
  rolesOfUser,
  type UserRole,
  type UserRoles,
} from '../../access/user-roles.ts';
import { refusal, warning } from '../../errors.ts';
import { accountText, type EksCluster, principalText } from '../../inventory/model.ts';
import { ReadTime } from '../../inventory/read-time.ts';
import { listed, printable } from '../../text.ts';
import { renderJson } from '../format/json.ts';
import { readOneCluster, reportUnusedClusters, withReading } from '../inputs/inputs.ts';
import { readUserInventory } from '../inputs/user-inventory.ts';
import type { CommonOptions, RbacOptions } from '../options.ts';
import type { QuestionOptions } from '../question-options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type ExplainFormat, explanationJson, explanationText } from './explain-output.ts';
import {
  CallerExplainer,
  type Explained,
  type GivenSources,
  isAllowed,
  mayBeAllowed,
  noEntryText,
} from './explained.ts';

interface UserOptions extends CommonOptions, RbacOptions, QuestionOptions {
  readonly output: ExplainFormat;
  readonly user: string;
  readonly cluster?: string;
}

/** A role of the user, and what a caller with it has. */
interface ExplainedRole {
  readonly of: UserRole;
  readonly explained: Explained;
}

/**
 * For `explain --user`: explains each role that Identity Center gives a user.
 * @throws Failure (exit 2) if an aws-auth that wasn't given decides about all of them
 * @returns exit code 0 if at least one has access and, with a question, may do all it asks
 */
export async function explainUser(
  options: UserOptions,
  sources: GivenSources,
  path: string | null,
  shell: Shell,
): Promise<Outcome> {
  const { user, output } = options;
  return withReading(options, shell, true, async (reading) => {
    const cluster = await readOneCluster(reading, path);
    const explainer = await CallerExplainer.of(sources, cluster, options, shell);
    const { document } = sources;
    const { inventory, users, accountIds, isLive } = await readUserInventory(
      user,
      document,
      cluster,
      reading,
    );
    reportUnusedClusters(inventory, reading, true);
    const found = rolesOfUser(users, accountIds, inventory);
    shell.report([...found.findings, ...otherRolesOfUser(explainer.cluster, inventory)]);
    const isOpen = ({ role }: UserRole) => explainer.needsFile(callerOf(role, user), inventory);
    const open = found.roles.filter(isOpen);
    const decided = found.roles.filter((of) => !isOpen(of));
    if (cluster && open.length > 0) {
      const problem = openRoles(open, cluster, explainer.fileHelp(cluster));
      // Nothing is left to show.
      if (decided.length === 0) throw refusal(problem);
      shell.report([warning('aws-auth-unknown', problem.message, { help: problem.help })]);
    }
    const all = decided.map((of): ExplainedRole => {
      return { of, explained: explainer.explain(callerOf(of.role, user), inventory, isLive) };
    });
    const unread = found.unread.map(({ id }) => id);
    const file = document?.file ?? null;
    return {
      stdout:
        output === 'json'
          ? renderJson({ user, ways: all.map(wayJson), undecided: open.map(undecidedJson), unread })
          : await wayTexts(all, file, ReadTime.of(inventory).dated(summary(user, all, open, found))),
      exitCode: all.some(({ explained }) => isAllowed(explained)) ? 0 : 1,
    };
  });
}

/** The problem with roles that only the cluster's aws-auth can decide about. */
function openRoles(open: readonly UserRole[], cluster: EksCluster, help: string) {
  const roles = listed(open.map(({ account, permissionSet }) => `${permissionSet} in ${account.id}`));
  return { message: noEntryText(cluster, printable(roles)), help };
}

function undecidedJson({ account, permissionSet, role }: UserRole) {
  return { permissionSet, accountId: account.id, accountName: account.name, roleArn: role.roleArn };
}

function wayJson({ of: { account, permissionSet, via }, explained }: ExplainedRole) {
  return {
    permissionSet,
    accountName: account.name,
    via: via.map(({ type, id, name }) => ({ type, id, name })),
    ...explanationJson(explained),
  };
}

async function wayTexts(all: readonly ExplainedRole[], file: string | null, last: string): Promise<string> {
  const texts = await Promise.all(
    all.map(async ({ of, explained }) => `${heading(of)}\n${await explanationText(explained, file)}`),
  );
  return [...texts, `${last}\n`].join('\n');
}

/** `Dev in 111122223333 (prod), assigned directly and through group "Developers"` */
function heading({ account, permissionSet, via }: UserRole): string {
  const groups = via.filter(({ type }) => type === 'GROUP').map(principalText);
  const ways = [
    ...(via.length > groups.length ? ['directly'] : []),
    ...(groups.length > 0 ? [`through ${listed(groups)}`] : []),
  ];
  const text = `${printable(permissionSet)} in ${accountText(account)}, assigned ${ways.join(' and ')}`;
  return ReadTime.of(account).dated(text);
}

/** `user "bob": allowed through 1 of 3 roles, unknown through 1, unknown in 222233334444` */
function summary(
  user: string,
  all: readonly ExplainedRole[],
  undecided: readonly UserRole[],
  { accounts, unread }: UserRoles,
): string {
  const count = all.filter(({ explained }) => isAllowed(explained)).length;
  const total = all.length + undecided.length;
  const roles = total === 1 ? '1 role' : `${total} roles`;
  const isAsked = all.some(({ explained }) => explained.answers);
  const open = all.filter(({ explained }) => mayBeAllowed(explained)).length + undecided.length;
  const placesOf = (some: UserRoles['accounts']) => listed(some.map(accountText));
  const texts = [
    ...(all.length > 0 ? [`${isAsked ? 'allowed' : 'access'} through ${count} of ${roles}`] : []),
    ...(open > 0 ? [`unknown through ${open}`] : []),
    ...(all.length === 0 && accounts.length > 0 ? [`no permission set in ${placesOf(accounts)}`] : []),
    ...(unread.length > 0 ? [`unknown in ${placesOf(unread)}`] : []),
  ];
  return `${principalText({ type: 'USER', id: '', name: user })}: ${texts.join(', ')}`;
}
