import { hasPath } from '../../access-entry/principal.ts';
import { notInSnapshot, type TranslatedFile, translateFile } from '../../access-entry/translate-file.ts';
import { rolesToFind } from '../../access-entry/translate-map.ts';
import { parseArn } from '../../arn.ts';
import { AwsAuth } from '../../aws-auth/aws-auth.ts';
import { arnProblem } from '../../aws-auth/diagnose-arn.ts';
import { requireNoTemplates } from '../../aws-auth/helm.ts';
import type { Inventory } from '../../directory/model.ts';
import type { ClusterSelector } from '../../directory/query.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { RoleFacts } from '../../directory/role-facts.ts';
import type { AccessEntry } from '../../eks.ts';
import { refusal } from '../../errors.ts';
import { nodeRoleProblem, pathArnProblem } from '../../mapping/problems.ts';
import { callerKey, roleArnKey } from '../../same-arn.ts';
import { listed } from '../../text.ts';
import { type KnownCluster, readCluster, requireAccountsOf } from '../inputs/clusters.ts';
import { type Inputs, readAwsAuthOrEmpty, withInputs } from '../inputs/inputs.ts';
import { readRolesOf } from '../inputs/inventory.ts';
import { loadConfig } from '../load-request.ts';
import { type CommonOptions, checked } from '../option-values.ts';
import type { Shell } from '../shell.ts';
import { ANOTHER_FORMAT, type EntryFormat, formatProblem } from './access-entries-output.ts';

export interface FromOptions extends CommonOptions {
  readonly output: EntryFormat | 'json';
  readonly from: string;
  /** True if given without a type: each entry then implies its own. */
  readonly nodes?: true | AccessEntry['type'];
  /** Role ARNs with paths. */
  readonly roleArn?: readonly string[];
  readonly maxAge: string;
}

/**
 * Reads an aws-auth, and as much of AWS or snapshots as needed, and translates it.
 * @throws Failure (exit 2 or 3)
 */
export async function readTranslated(
  options: FromOptions,
  selector: ClusterSelector | null,
  shell: Shell,
): Promise<TranslatedFile & KnownCluster> {
  const roleArns = checked('--role-arn', options.roleArn, pathArnProblem);
  const problemOf = await formatProblem(options.output);
  const awsAuth = await readMap(options.from, shell);
  requirePartition(awsAuth, selector?.place?.partition ?? null, 'the cluster is');
  const { config = {} } = (await loadConfig(options, shell)) ?? {};
  const nodeRoles = [
    ...(config.nodeRoles ?? []),
    ...checked('--node-role', options.nodeRole, nodeRoleProblem),
  ];
  const work = async (reading: Inputs) => {
    const { cluster, arn, inventory } = await readAws(
      awsAuth,
      selector,
      [...roleArns, ...nodeRoles.filter(hasPath)],
      options,
      reading,
    );
    const ofCluster = cluster && parseArn(cluster.arn);
    const partition = selector?.place?.partition ?? ofCluster?.partition ?? inventory?.partition ?? null;
    requirePartition(awsAuth, partition, ofCluster ? 'the cluster is' : 'the accounts are');
    if (inventory) requireAccountsOf(selector, inventory);
    const translated = translateFile(awsAuth, {
      inventory,
      isFresh: !inventory || !ReadTime.of(inventory).isOld,
      cluster,
      partition,
      clusterAccount: selector?.place?.accountId ?? ofCluster?.accountId ?? null,
      nodes: options.nodes === true ? 'own' : (options.nodes ?? null),
      roleArns,
      nodeRoles,
      formatProblem: (entry) => {
        const reason = problemOf(entry);
        return reason === undefined ? null : { reason, help: ANOTHER_FORMAT };
      },
      isForController: options.output === 'ack',
      name: selector && { name: selector.name, arn },
    });
    // Not part of the output, which is the same as with AWS.
    if (options.inventory)
      shell.report(
        notInSnapshot(awsAuth, translated, {
          withNodes: options.nodes !== undefined,
          path: options.from,
          source: ReadTime.of(inventory ?? {}).source,
        }),
      );
    return { ...translated, cluster, arn };
  };
  return withInputs(options, shell, work, { isLenient: true });
}

async function readMap(file: string, shell: Shell): Promise<AwsAuth> {
  const document = await readAwsAuthOrEmpty(file, shell);
  requireNoTemplates(document);
  return new AwsAuth(document);
}

/**
 * Reads the cluster, and the roles that entries name. Doesn't read roles if options give all of their paths and the
 * cluster wasn't read either.
 * @param paths role ARNs with paths, from options
 */
async function readAws(
  awsAuth: AwsAuth,
  selector: ClusterSelector | null,
  paths: readonly string[],
  options: FromOptions,
  reading: Inputs,
): Promise<KnownCluster & { readonly inventory: Inventory | null }> {
  const { provisioned, others } = rolesToFind(awsAuth, options.nodes !== undefined);
  if (options.inventory) {
    const inventory = await readRolesOf(provisioned, reading);
    return {
      ...(await readCluster(selector, reading.open, inventory, reading.shell, options.from)),
      inventory,
    };
  }
  const known = await readCluster(selector, reading.open, null, reading.shell, options.from);
  const stated = new Set(paths.map(roleArnKey));
  const isStated = [...provisioned, ...others].every((arn) => stated.has(roleArnKey(arn)));
  if (!known.cluster && isStated) return { ...known, inventory: null };
  const inventory = await readRolesOf(provisioned, reading);
  // Anyone can create a role with the name of one that Identity Center deleted.
  const wanted = [...others, ...(inventory ? RoleFacts.of(inventory).goneAmong(provisioned) : [])];
  const otherRoles = wanted.length === 0 ? [] : await (await reading.open()).otherRoles(wanted);
  const [{ arn = '' } = {}] = otherRoles;
  const nothing = arn === '' ? null : { ...NO_ACCOUNTS, partition: parseArn(arn)?.partition ?? '' };
  const read = inventory ?? (nothing && { ...nothing, capturedAt: new Date().toISOString() });
  return { ...known, inventory: read && { ...read, otherRoles } };
}

/** The inventory if no provisioned role had to be read. */
const NO_ACCOUNTS = {
  callerAccountId: null,
  instance: null,
  accounts: [],
  permissionSets: null,
  roles: [],
  assignments: null,
  principals: null,
} as const;

/** @throws Failure (exit 2) if no entry is in the partition */
function requirePartition({ entries, file }: AwsAuth, partition: string | null, whose: string): void {
  if (partition === null) return;
  const found = entries.flatMap((entry) =>
    entry.sso || arnProblem(entry) ? [] : (parseArn(callerKey(entry.arn))?.partition ?? []),
  );
  if (found.length === 0 || found.includes(partition)) return;
  throw refusal({
    message: `the entries are in partition ${listed([...new Set(found)])}, but ${whose} in ${partition}`,
    location: { file },
    help: 'Use the cluster of this aws-auth, with credentials (--profile) or a snapshot for its partition.',
  });
}
