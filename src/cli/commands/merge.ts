import { type Command, Option } from 'commander';
import { parseArn } from '../../arn.ts';
import { letsAdminIn } from '../../authenticator/gets-in.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import { AwsAuth } from '../../cluster/aws-auth.ts';
import type { KubectlVerb } from '../../configmap/api-server.ts';
import { type Finding, note, warning } from '../../errors.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { InventorySource } from '../../inventory/query.ts';
import { isFresh, RoleFacts } from '../../inventory/role-facts.ts';
import { inputName } from '../../io.ts';
import { nodeRolesFindings } from '../../mapping/request.ts';
import type { Desired } from '../../mapping/resolve.ts';
import { type MergeResult, mergeAwsAuth } from '../../merge/merge.ts';
import { decided, describeDecision, type MergeContext } from '../../merge/plan.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { listed } from '../../text.ts';
import { addRbacOption, defineCommand, GROUPS, maxAgeOption } from '../command.ts';
import { readAwsAuthOrEmpty } from '../inputs/inputs.ts';
import { withDesired } from '../load-request.ts';
import {
  type CommonOptions,
  givesRbac,
  parseDuration,
  type RbacOptions,
  requireConsistent,
} from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';

/** What `merge` and `diff` have in common. */
export interface MergeCommandOptions extends CommonOptions, RbacOptions {
  readonly comments?: boolean;
  readonly prune?: boolean;
  readonly allowLockout?: boolean;
  readonly explain?: boolean;
  readonly maxAge: string;
}

/** A command that merges the desired entries into FILE. */
export function defineMergeCommand<Options extends MergeCommandOptions>(
  name: string,
  addOwn: (command: Command) => Command,
  work: (options: Options, shell: Shell, file: string) => Promise<Outcome>,
) {
  const addMergeOptions = (command: Command) =>
    addRbacOption(
      addOwn(command)
        .option(
          '--prune',
          'remove provisioned-role entries in scope that no mapping wants; needs a config file',
        )
        .option(
          '--explain',
          'show who gains and who loses access through the change; with --rbac, which roles',
        ),
    )
      .optionsGroup(GROUPS.output)
      .option('--comments', 'add a comment with account and permission set to each added role ARN')
      .optionsGroup(GROUPS.safety)
      .option(
        '--allow-lockout',
        'let --prune remove the last entry of an account, or the last system:masters entry of a human',
      )
      .addOption(maxAgeOption('neither rotate nor prune from a snapshot older than this'));
  return defineCommand(
    name,
    { file: 'one', mapping: 'aws-auth', reads: 'AWS or snapshots' },
    addMergeOptions,
    work,
  );
}

interface MergeOnlyOptions extends MergeCommandOptions {
  readonly for?: KubectlVerb;
  readonly write?: boolean;
}

export const mergeCommand = defineMergeCommand(
  'merge',
  (command) =>
    command
      .option('--write', 'edit the file in place; stdout stays empty')
      .addOption(
        new Option(
          '--for <verb>',
          'kubectl command that will get the result: apply drops what the server wrote, for files in Git; the others keep resourceVersion, so that a concurrent change is refused',
        ).choices(['replace', 'server-side-apply', 'apply']),
      ),
  merge,
);

async function merge(options: MergeOnlyOptions, shell: Shell, file: string): Promise<Outcome> {
  if (options.write) await (await import('../replace-file.ts')).requireReplaceable(shell.io, file);
  const { before, text, changed, summary } = await runMerge(file, options, options.for ?? null, shell);
  if (!options.write) return { stdout: text, summary };
  const replacements = [{ name: file, before: before.document.source, after: text }];
  return { stdout: '', summary, ...(changed ? { replacements } : {}) };
}

export interface MergeRun extends Omit<MergeResult, 'summary'> {
  readonly summary: readonly Finding[];
  readonly desired: Desired;
  readonly context: MergeContext;
}

/**
 * Merges the desired entries into FILE, reports the findings, and returns the result with a summary; writes nothing.
 * @param toldElsewhere codes of findings that the caller tells otherwise
 * @throws Failure where input or options are refused (exit 2), or AWS or the file cannot be read (exit 3)
 */
export async function runMerge(
  file: string,
  options: MergeCommandOptions,
  verb: KubectlVerb | null,
  shell: Shell,
  toldElsewhere: ReadonlySet<string> = new Set(),
): Promise<MergeRun> {
  const maxAge = parseDuration(options.maxAge);
  requireConsistent([
    options.rbac && !options.explain,
    '--rbac requires --explain',
    'Add --explain, or leave out --rbac: bindings change nothing in aws-auth.',
  ]);
  const awsAuth = new AwsAuth(await readAwsAuthOrEmpty(file, shell));
  const authorizer = givesRbac(options) ? await rbacOf(file, options, shell) : null;
  return withDesired(options, shell, async (desired, source) => {
    requireConsistent([
      options.prune && !desired.request.fromConfig,
      '--prune requires a config file, which lists everyone who keeps access',
      'Put the mappings into a file and pass it with -c.',
    ]);
    const inventory = options.prune
      ? await forPruning(desired.inventory, awsAuth, source)
      : desired.inventory;
    const context = mergeContext({ ...desired, inventory }, options, maxAge);
    const merging = { comments: options.comments ?? false, for: verb };
    const result = mergeAwsAuth(awsAuth, desired.entries, context, merging);
    const findings = result.findings.filter(({ code }) => !toldElsewhere.has(code));
    shell.report([...desired.findings, ...nodesFindings(desired, result), ...findings]);
    for (const decision of result.decisions) shell.debug(describeDecision(decision, awsAuth));
    if (options.explain) await explain(result, { inventory: desired.inventory, source, authorizer }, shell);
    const message = `${inputName(file)}: ${result.summary}`;
    return { ...result, summary: [note('summary', message)], desired, context };
  });
}

async function rbacOf(file: string, options: RbacOptions, shell: Shell): Promise<Authorizer | null> {
  const { readRbac } = await import('../inputs/rbac.ts');
  const [authorizer = null] = await readRbac(options, [{ cluster: null, path: file }], [file], shell);
  return authorizer;
}

/**
 * Merging removes no node entry, so what the scope leaves out matters only to a file that has none yet. To any other, nodes of other
 * clusters matter.
 */
function nodesFindings({ scoped, request }: Desired, { before, decisions }: MergeResult): Finding[] {
  const { entries } = before.mapRoles;
  const hasNodes = entries.some((entry) => !entry.shadowed && isNodeEntry(entry));
  if (!hasNodes) return nodeRolesFindings(scoped, request, false);
  const { flags, excludeFlags } = request.scope;
  if (flags.length + excludeFlags.length > 0) return [];
  // Nodes are in the account of their cluster, while people may come from any: added nodes tell that the config serves others too.
  const arns = [...entries.map(({ arn }) => arn), ...request.nodeRoles.flags];
  const known = new Set(arns.map((arn) => parseArn(arn)?.accountId));
  const others = decided(decisions, 'added')
    .filter(({ desired }) => desired.role === null)
    .flatMap(({ desired }) => parseArn(desired.rolearn)?.accountId ?? [])
    .filter((id) => !known.has(id));
  return others.length === 0 ? [] : [otherClusters([...new Set(others)])];
}

function otherClusters(accountIds: readonly string[]): Finding {
  const message = `adds nodes of accounts that the file has no entry of: ${listed(accountIds)}`;
  const help =
    'Where the config serves several clusters, limit it to the account of this one with --account: people of the others are added too.';
  return warning('nodes-of-other-accounts', message, { help });
}

/** What tells who gets in, and with which rights. */
interface People {
  readonly inventory: Inventory;
  readonly source: InventorySource;
  readonly authorizer: Authorizer | null;
}

async function explain(
  { before, after }: MergeResult,
  { inventory, source, authorizer }: People,
  shell: Shell,
): Promise<void> {
  const { changedEntries, explainChange, rolesOfChange } = await import('../../access/change.ts');
  const { mayNamePeople } = await import('../../access/cluster-rights.ts');
  const change = changedEntries(before, after);
  const roleArns = rolesOfChange(change, inventory);
  const members = authorizer !== null && mayNamePeople(authorizer, [...change.before, ...change.after]);
  const query = { roleArns, named: [], onlyNamed: false, members };
  const known = roleArns.size > 0 ? await source.people(inventory, query) : inventory;
  shell.report(explainChange(change, known, authorizer));
}

/**
 * What pruning may count on. From AWS: without assignments, of which only those were read that the mappings ask for, and with the roles
 * of administrators that Identity Center did not make. Snapshots have what they have.
 */
async function forPruning(
  inventory: Inventory,
  { mapRoles: { entries } }: AwsAuth,
  source: InventorySource,
): Promise<Inventory> {
  if (!source.isLive) return inventory;
  const { rolesBeside } = await import('../inputs/inventory.ts');
  const admins = entries.filter((entry) => !entry.shadowed && letsAdminIn(entry)).map(({ arn }) => arn);
  const beside = rolesBeside(admins, inventory);
  const accounts = inventory.accounts.map((account) => ({ ...account, assignmentsRead: false }));
  const otherRoles = beside.length === 0 ? [] : await source.otherRoles(beside);
  return { ...inventory, accounts, assignments: null, otherRoles };
}

function mergeContext(
  { inventory, request, scoped, unresolved }: Desired,
  options: MergeCommandOptions,
  maxAge: number,
): MergeContext {
  return {
    roles: RoleFacts.of(inventory),
    scope: new Set(scoped.accountIds),
    unresolved: unresolved.flatMap(({ mapping: { selector }, exact }) => {
      const permissionSet = selector.kind === 'name' ? selector.name : null;
      return (exact.length > 0 ? exact : [null]).map((accountId) => ({ accountId, permissionSet }));
    }),
    isListed: (arn) => request.otherEntries.exactly(arn) !== undefined,
    prune: options.prune ? { allowLockout: options.allowLockout ?? false } : null,
    isFresh: isFresh(inventory, maxAge),
  };
}
