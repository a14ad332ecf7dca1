import { Cluster } from '../../access-entry/cluster.ts';
import { AwsAuth } from '../../aws-auth/aws-auth.ts';
import type { Caller } from '../../aws-auth/resolve-caller.ts';
import {
  accountText,
  clusterText,
  type EksCluster,
  type Inventory,
  principalText,
} from '../../directory/model.ts';
import type { ClusterSelector } from '../../directory/query.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { type Finding, refusal, warning } from '../../errors.ts';
import { answersFor, rightsIn } from '../../explain/caller-rights.ts';
import { accessEntryOf } from '../../explain/explain-access-entry.ts';
import { explainCaller } from '../../explain/explain-caller.ts';
import { arnIn, requireCaller } from '../../explain/named-caller.ts';
import type { UserRole, UserRoles } from '../../explain/user-roles.ts';
import { readText } from '../../io.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { kubernetesMinor, NEWEST } from '../../rbac/kubernetes-version.ts';
import { awsAuthState } from '../../rbac/model.ts';
import { type Asked, namespaceFindings, parseQuestion } from '../../rbac/question.ts';
import { listed, printable, shellWord } from '../../text.ts';
import { questionFindings } from '../../who/cluster-rights.ts';
import { addRbacOption, clusterOption, defineCommand, outputOption } from '../define-command.ts';
import { renderJson } from '../format/json.ts';
import { type Inputs, readAwsAuth, withInputs } from '../inputs/inputs.ts';
import {
  ADD_SOURCE,
  type CommonOptions,
  clusterSelectors,
  givesRbac,
  type RbacOptions,
  rbacInputs,
  requireConsistent,
  scopeFlags,
  twoSources,
} from '../option-values.ts';
import { addQuestionOptions, type QuestionOptions, requireAnswerable } from '../question-options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type Explained, explanationJson, explanationText, isAllowed } from './explain-output.ts';

interface ExplainOptions extends CommonOptions, RbacOptions, QuestionOptions {
  readonly output: 'text' | 'json';
  readonly caller?: string;
  readonly user?: string;
  readonly aws?: boolean;
  readonly cluster?: string;
}

export const explainCommand = defineCommand(
  'explain',
  { file: 'one', config: 'AWS settings', reads: 'AWS or snapshots' },
  (command) =>
    addRbacOption(
      addQuestionOptions(
        command
          .option('--caller <arn>', 'caller ARN; - reads `aws sts get-caller-identity`')
          .option('--user <name>', 'explain each role of this Identity Center user')
          .option('--aws', 'check roles in AWS; --caller defaults to your identity'),
        "say if the caller can do this, such as 'list pods'; repeatable",
        'namespace for --can; alone, list permissions there',
      ),
    )
      .addOption(clusterOption('read access entries; FILE optional'))
      .addOption(outputOption('text', 'json')),
  explain,
);

/** @param file null: only access entries are known */
async function explain(options: ExplainOptions, shell: Shell, file: string | null): Promise<Outcome> {
  const [selector = null] = clusterSelectors(options.cluster);
  await requireConsistentOptions(file, options);
  const { caller, user, output } = options;
  // Null for a user, and for the profile's identity.
  const stated = user === undefined ? (caller ?? null) : null;
  const given = stated === '-' ? arnIn(await readText(shell.io, '-')) : (stated?.trim() ?? null);
  if (given !== null) requireCaller(given);
  const awsAuth = file === null ? null : new AwsAuth(await readAwsAuth(file, shell));
  const work = async (inputs: Inputs) => {
    const known = await clusterKnown(awsAuth, file, selector, options, inputs);
    if (user !== undefined) return explainUser(user, known, output, inputs);
    const isOffline = given !== null && !options.aws && !options.inventory && !selector;
    const { explained, summary = [] } = isOffline
      ? { explained: explainWith(known, requireCaller(given), null, false) }
      : await explainWithInventory(given, known, inputs);
    return {
      summary,
      stdout:
        output === 'json'
          ? renderJson(explanationJson(explained))
          : await explanationText(explained, awsAuth?.file ?? null),
      exitCode: isAllowed(explained) ? 0 : 1,
    } as const;
  };
  return withInputs(options, shell, work, { isLenient: true });
}

/** Everything known about one cluster, to explain callers with. */
interface Known {
  /** Null if not given. */
  readonly awsAuth: AwsAuth | null;
  readonly cluster: EksCluster | null;
  /** Null without RBAC manifests. */
  readonly authorizer: Authorizer | null;
  /** A question, and who has which permissions as far as the cluster's bindings are known; null without one. */
  readonly question: { readonly asked: readonly Asked[]; readonly authorizer: Authorizer } | null;
  /** The namespace whose permissions are asked for; null for all. */
  readonly namespace: string | null;
  /** The option that names the caller or user, for a command. */
  readonly who: string;
}

/**
 * Reads what belongs to the cluster. Reports names in the question, or in a namespace alone, that the cluster doesn't know.
 * @throws Failure (exit 2 or 3), also for an invalid question
 */
async function clusterKnown(
  awsAuth: AwsAuth | null,
  file: string | null,
  selector: ClusterSelector | null,
  options: ExplainOptions,
  inputs: Inputs,
): Promise<Known> {
  const { can, namespace = null, kubernetesVersion, user } = options;
  const { shell } = inputs;
  const cluster = await inputs.cluster(selector, file);
  const rbac = givesRbac(options) ? await import('../inputs/rbac.ts') : null;
  const bound = rbac && (await rbac.readRbacOfOne(options, file, cluster ?? selector, shell));
  const authorizer = bound?.withAwsAuth(awsAuthState(awsAuth !== null, cluster?.authenticationMode)) ?? null;
  const who = user === undefined ? '--caller ARN' : `--user ${shellWord(user)}`;
  const known = { awsAuth, cluster, authorizer, question: null, namespace, who };
  if (can === undefined && namespace === null) return known;
  // Without bindings, the default permissions in every cluster. The data is loaded only for a question.
  const asking =
    authorizer ??
    (await (
      await import('../../rbac/combine.ts')
    ).withoutManifests(kubernetesMinor(kubernetesVersion ?? cluster?.version) ?? NEWEST));
  const policies = cluster?.accessEntries.flatMap((entry) => entry.policies) ?? [];
  if (can === undefined) {
    shell.report(namespaceFindings(namespace ?? '', asking, policies));
    return known;
  }
  const question = parseQuestion(can, namespace, asking, policies);
  shell.report(questionFindings([question]));
  return { ...known, question: { asked: question.asked, authorizer: asking }, namespace: null };
}

/** @throws Failure (exit 2) if an aws-auth that wasn't given decides */
function explainWith(known: Known, caller: Caller, inventory: Inventory | null, isLive: boolean): Explained {
  const { awsAuth, authorizer, cluster, question, namespace } = known;
  if (cluster && needsFile(known, caller, inventory))
    throw refusal({ message: noEntryText(cluster, 'the caller'), help: fileHelp(known, cluster) });
  const whole = explainCaller(caller, awsAuth, { inventory, authorizer, cluster, isLive });
  const { rights } = whole;
  const explanation =
    rights && namespace !== null ? { ...whole, rights: rightsIn(rights, namespace) } : whole;
  const answers = question && answersFor(explanation, question.asked, question.authorizer);
  return { explanation, namespace, answers };
}

/** True if an aws-auth decides that wasn't given: without an access entry, unless the authentication mode is API. */
function needsFile({ awsAuth, cluster }: Known, caller: Caller, inventory: Inventory | null): boolean {
  if (!cluster || awsAuth || cluster.authenticationMode === 'API') return false;
  return accessEntryOf({ caller, inventory }, cluster) === undefined;
}

/** How to pass the aws-auth that decides. */
function fileHelp({ who }: Known, cluster: EksCluster): string {
  return `Pass it as FILE: aws-auth-sso explain FILE ${who} --cluster ${shellWord(cluster.arn)}`;
}

/** Why an aws-auth decides about a caller. */
function noEntryText(cluster: EksCluster, whom: string): string {
  const missing = ReadTime.of(cluster).dated(`${clusterText(cluster)} has no access entry for ${whom}`);
  return `${missing}: in authentication mode ${cluster.authenticationMode}, its aws-auth ConfigMap decides`;
}

/** @param given null for the profile's identity */
async function explainWithInventory(
  given: string | null,
  known: Known,
  inputs: Inputs,
): Promise<{ readonly explained: Explained; readonly summary: readonly Finding[] }> {
  const { readCallerInventory } = await import('../inputs/inventory.ts');
  const arnsFor = (arn: string) => {
    const { caller, nearest } = explainWith(known, requireCaller(arn), null, false).explanation;
    return [caller.canonicalArn, ...nearest.map((miss) => miss.arn)];
  };
  const { arn, inventory, isLive, summary } = await readCallerInventory(
    given,
    arnsFor,
    known.cluster,
    inputs,
  );
  if (inventory) inputs.reportUnused(inventory, true);
  return { explained: explainWith(known, requireCaller(arn), inventory, isLive), summary };
}

/**
 * Explains each role that Identity Center gives a user.
 * @throws Failure (exit 2) if an aws-auth that wasn't given decides about all of them
 * @returns exit code 0 if at least one has access and, with a question, may do all it asks
 */
async function explainUser(
  user: string,
  known: Known,
  output: ExplainOptions['output'],
  inputs: Inputs,
): Promise<Outcome> {
  const { readUserInventory } = await import('../inputs/inventory.ts');
  const { callerOf, otherRolesOfUser, rolesOfUser } = await import('../../explain/user-roles.ts');
  const { awsAuth, cluster } = known;
  const { inventory, users, accountIds, isLive } = await readUserInventory(
    user,
    awsAuth?.document ?? null,
    cluster,
    inputs,
  );
  inputs.reportUnused(inventory, true);
  const found = rolesOfUser(users, accountIds, inventory);
  const { shell } = inputs;
  shell.report([...found.findings, ...otherRolesOfUser(new Cluster(null, awsAuth, cluster), inventory)]);
  const isOpen = ({ role }: UserRole) => needsFile(known, callerOf(role, user), inventory);
  const open = found.roles.filter(isOpen);
  const decided = found.roles.filter((of) => !isOpen(of));
  if (cluster && open.length > 0) {
    // Only the cluster's aws-auth can decide about these.
    const roles = listed(open.map(({ account, permissionSet }) => `${permissionSet} in ${account.id}`));
    const [message, help] = [noEntryText(cluster, printable(roles)), fileHelp(known, cluster)];
    // Nothing is left to show.
    if (decided.length === 0) throw refusal({ message, help });
    shell.report([warning('aws-auth-unknown', message, { help })]);
  }
  const all = decided.map((of): ExplainedRole => {
    return { of, explained: explainWith(known, callerOf(of.role, user), inventory, isLive) };
  });
  return {
    stdout: await renderUser(user, all, open, found, awsAuth?.file ?? null, ReadTime.of(inventory), output),
    exitCode: all.some(({ explained }) => isAllowed(explained)) ? 0 : 1,
  };
}

/** A role of a user, and what a caller with it has. */
interface ExplainedRole {
  readonly of: UserRole;
  readonly explained: Explained;
}

/**
 * The roles of a user, as text or JSON.
 * @param undecided roles that only the cluster's aws-auth can decide about, which wasn't given
 */
async function renderUser(
  user: string,
  all: readonly ExplainedRole[],
  undecided: readonly UserRole[],
  found: UserRoles,
  file: string | null,
  readTime: ReadTime,
  format: ExplainOptions['output'],
): Promise<string> {
  if (format === 'json')
    return renderJson({
      user,
      ways: all.map(({ of: { account, permissionSet, via }, explained }) => ({
        permissionSet,
        accountName: account.name,
        via: via.map(({ type, id, name }) => ({ type, id, name })),
        ...explanationJson(explained),
      })),
      undecided: undecided.map(({ account, permissionSet, role }) => {
        return { permissionSet, accountId: account.id, accountName: account.name, roleArn: role.roleArn };
      }),
      unread: found.unread.map(({ id }) => id),
    });
  const texts = await Promise.all(
    all.map(async ({ of, explained }) => `${heading(of)}\n${await explanationText(explained, file)}`),
  );
  return [...texts, `${readTime.dated(summary(user, all, undecided, found))}\n`].join('\n');
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
  // Nothing that the question asks is denied, but some of it is unknown.
  const unknown = all.filter(({ explained: { answers } }) => {
    const found = answers?.map(({ answer }) => answer) ?? [];
    return found.includes('unknown') && !found.includes('no');
  });
  const open = unknown.length + undecided.length;
  const placesOf = (some: UserRoles['accounts']) => listed(some.map(accountText));
  const texts = [
    ...(all.length > 0 ? [`${isAsked ? 'allowed' : 'access'} through ${count} of ${roles}`] : []),
    ...(open > 0 ? [`unknown through ${open}`] : []),
    ...(all.length === 0 && accounts.length > 0 ? [`no permission set in ${placesOf(accounts)}`] : []),
    ...(unread.length > 0 ? [`unknown in ${placesOf(unread)}`] : []),
  ];
  return `${principalText({ type: 'USER', id: '', name: user })}: ${texts.join(', ')}`;
}

async function requireConsistentOptions(file: string | null, options: ExplainOptions): Promise<void> {
  const { caller, user, aws, inventory, profile, cluster } = options;
  requireConsistent(
    twoSources(options),
    [
      user !== undefined && caller !== undefined,
      "--user can't be used with --caller",
      'With --user, the callers are the roles that are assigned to the user.',
    ],
    [user !== undefined && aws, "--user can't be used with --aws", '--user reads AWS anyway. Remove --aws.'],
  );
  await requireAnswerable(options, true);
  if (caller === undefined && user === undefined && !aws)
    throw refusal({
      message: '--caller or --user is required',
      help: "Pass the ARN that `aws sts get-caller-identity` prints, or pipe its output into --caller -. With --aws, the default is the profile's identity; --user NAME explains each role of a user.",
    });
  if (caller === '-' && [file, ...rbacInputs(options).map(({ path }) => path)].includes('-'))
    throw refusal({
      message: `--caller - and ${file === '-' ? 'the ConfigMap' : 'RBAC manifests'} can't both come from stdin`,
      help: 'Pass the rest as files: aws sts get-caller-identity | aws-auth-sso explain FILE --caller -',
    });
  if (aws || inventory || cluster || user !== undefined) return;
  if (profile)
    throw refusal({ message: '--profile requires --aws', help: 'Add --aws, or remove --profile.' });
  if (scopeFlags(options).length > 0 || options.excludeAccount)
    throw refusal({
      message: 'account options require --aws or --inventory',
      help: ADD_SOURCE,
    });
}
