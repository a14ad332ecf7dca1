import {
  notInSnapshot,
  type Translated,
  translatedFindings,
  translatedSummary,
} from '../../access-entries/file-findings.ts';
import { hasPath, othersOf, roleFinder, statedPaths } from '../../access-entries/principal.ts';
import { asClusterHas, nodesOf, proofRow } from '../../access-entries/proof.ts';
import { requireRoleArns } from '../../access-entries/stated-paths.ts';
import { rolesToFind, type Translation, translateMap } from '../../access-entries/translate-map.ts';
import type { AccessEntry } from '../../access-entry.ts';
import { parseArn } from '../../arn.ts';
import { callerKey } from '../../authenticator/caller.ts';
import { type JudgedAccessEntry, judgeAccessEntries } from '../../cluster/access-entry-state.ts';
import { requireNoTemplates } from '../../configmap/template.ts';
import { type Finding, refusal } from '../../errors.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { ClusterSelector } from '../../inventory/query.ts';
import { isFresh, RoleFacts } from '../../inventory/role-facts.ts';
import { LintContext } from '../../lint/context.ts';
import { nodeRoleProblem, roleArnProblem } from '../../mapping/config-schema.ts';
import { PROVISIONED_PATH, parseProvisionedRoleArn, roleArnKey } from '../../role-name.ts';
import { listed } from '../../text.ts';
import { type KnownCluster, readCluster, requireAccountsOf } from '../inputs/clusters.ts';
import { type Reading, readAwsAuthOrEmpty, withReading } from '../inputs/inputs.ts';
import { readRolesOf } from '../inputs/inventory.ts';
import { loadConfig } from '../load-request.ts';
import { type CommonOptions, checked, parseDuration } from '../options.ts';
import type { Shell } from '../shell.ts';
import { ANOTHER_FORMAT, type EntryFormat, formatProblem } from './access-entries-output.ts';

export interface FromOptions extends CommonOptions {
  readonly output: EntryFormat | 'json';
  readonly from: string;
  /** True without a type: then it is the one that an entry tells. */
  readonly nodes?: true | AccessEntry['type'];
  /** ARNs of roles with their paths. */
  readonly roleArn?: readonly string[];
  readonly maxAge: string;
}

/** An aws-auth, translated. */
export interface TranslatedFile extends Translated, KnownCluster {
  readonly findings: readonly Finding[];
  readonly summary: Finding;
  /** The access entries that the cluster has. */
  readonly existing: readonly JudgedAccessEntry[];
}

/**
 * Reads an aws-auth, and AWS or snapshots as far as they are needed, and translates it.
 * @throws Failure (exit 2 or 3)
 */
export async function translateFile(
  options: FromOptions,
  selector: ClusterSelector | null,
  shell: Shell,
): Promise<TranslatedFile> {
  const roleArns = checked('--role-arn', options.roleArn, pathArnProblem);
  const problemOf = await formatProblem(options.output);
  const maxAge = parseDuration(options.maxAge);
  const withNodes = options.nodes !== undefined;
  const context = await readContext(options.from, shell);
  requirePartition(context, selector?.place?.partition ?? null, 'the cluster is');
  const { config = {} } = (await loadConfig(options, shell)) ?? {};
  const nodeRoles = [
    ...(config.nodeRoles ?? []),
    ...checked('--node-role', options.nodeRole, nodeRoleProblem),
  ];
  return withReading(options, shell, true, async (reading) => {
    const { cluster, arn, inventory } = await readAws(
      context,
      selector,
      [...roleArns, ...nodeRoles.filter(hasPath)],
      options,
      reading,
    );
    const ofCluster = cluster && parseArn(cluster.arn);
    const partition = selector?.place?.partition ?? ofCluster?.partition ?? inventory?.partition ?? null;
    requirePartition(context, partition, ofCluster ? 'the cluster is' : 'the accounts are');
    if (inventory) requireAccountsOf(selector, inventory);
    const isRecent = !inventory || isFresh(inventory, maxAge);
    const read = { inventory, others: othersOf(inventory, isRecent), isFresh: isRecent };
    const find = roleFinder({ ...read, stated: new Map() });
    const stated = { roleArns, nodeRoles, find };
    requireRoleArns(stated, partition);
    const existing = cluster ? judgeAccessEntries(cluster, inventory) : [];
    const { translations: all, findings } = translateMap(context, {
      ...read,
      stated: statedPaths(roleArns, nodeRoles, [...existing, ...entriesIn(inventory)]),
      partition,
      clusterAccount: selector?.place?.accountId ?? ofCluster?.accountId ?? null,
      nodes: options.nodes === true ? 'own' : (options.nodes ?? null),
    });
    const translated = proven(
      all.map((one) => withinFormat(one, problemOf)),
      existing,
    );
    // Not a finding of the output, which is the same as with AWS.
    if (options.inventory)
      shell.report(notInSnapshot(context, translated.translations, { withNodes, path: options.from }, find));
    const name = selector && { name: selector.name, arn };
    return {
      ...translated,
      findings: translatedFindings(context, translated, findings, stated, name),
      summary: translatedSummary(context, translated.proof),
      cluster,
      arn,
      existing,
    };
  });
}

/** The access entries of all clusters of a snapshot. */
function entriesIn(inventory: Inventory | null): JudgedAccessEntry[] {
  return (inventory?.clusters ?? []).flatMap((one) => judgeAccessEntries(one, inventory));
}

async function readContext(file: string, shell: Shell): Promise<LintContext> {
  const document = await readAwsAuthOrEmpty(file, shell);
  requireNoTemplates(document);
  return new LintContext(document, {});
}

/**
 * The cluster, and the roles that entries name. AWS is asked for roles unless options give all of their paths, and it was not asked anyway.
 * @param paths ARNs of roles whose paths options give
 */
async function readAws(
  context: LintContext,
  selector: ClusterSelector | null,
  paths: readonly string[],
  options: FromOptions,
  reading: Reading,
): Promise<KnownCluster & { readonly inventory: Inventory | null }> {
  const { provisioned, others } = rolesToFind(context, options.nodes !== undefined);
  if (options.inventory) {
    const inventory = await readRolesOf(provisioned, reading);
    return { ...(await readCluster(selector, reading.open, inventory, reading.shell)), inventory };
  }
  const known = await readCluster(selector, reading.open, null, reading.shell);
  const stated = new Set(paths.map(roleArnKey));
  const isStated = [...provisioned, ...others].every((arn) => stated.has(roleArnKey(arn)));
  if (!known.cluster && isStated) return { ...known, inventory: null };
  const inventory = await readRolesOf(provisioned, reading);
  // Anybody may give a role the name of one that Identity Center no longer has.
  const wanted = [...others, ...(inventory ? RoleFacts.of(inventory).goneAmong(provisioned) : [])];
  const otherRoles = wanted.length === 0 ? [] : await (await reading.open()).otherRoles(wanted);
  const [{ arn = '' } = {}] = otherRoles;
  const nothing = arn === '' ? null : { ...NO_ACCOUNTS, partition: parseArn(arn)?.partition ?? '' };
  const read = inventory ?? (nothing && { ...nothing, capturedAt: new Date().toISOString() });
  return { ...known, inventory: read && { ...read, otherRoles } };
}

/** Where no role of a permission set had to be read. */
const NO_ACCOUNTS = {
  callerAccountId: null,
  instance: null,
  accounts: [],
  permissionSets: null,
  roles: [],
  assignments: null,
  principals: null,
} as const;

/** @throws Failure (exit 2) where no entry is in the partition */
function requirePartition({ entries, document }: LintContext, partition: string | null, whose: string): void {
  if (partition === null) return;
  const found = entries.flatMap(({ entry, problem }) =>
    entry.sso || problem ? [] : (parseArn(callerKey(entry.arn))?.partition ?? []),
  );
  if (found.length === 0 || found.includes(partition)) return;
  throw refusal({
    message: `the entries are in partition ${listed([...new Set(found)])}, but ${whose} in ${partition}`,
    location: { file: document.file },
    help: 'Name the cluster that this aws-auth is of, with credentials (--profile) or a snapshot of its partition.',
  });
}

/** A refusal of an access entry that the format cannot hold. */
function withinFormat(
  translation: Translation,
  problemOf: (entry: AccessEntry) => string | undefined,
): Translation {
  const reason = translation.entry ? problemOf(translation.entry) : undefined;
  if (reason === undefined) return translation;
  return { ...translation, entry: null, findings: [], refusal: { reason, help: ANOTHER_FORMAT } };
}

/** The translations as they fit the access entries that the cluster has, and the proof, a row for each. */
function proven(all: readonly Translation[], existing: readonly JudgedAccessEntry[]): Translated {
  const byArn = new Map(existing.map((one) => [one.entry.principalArn, one]));
  const nodes = nodesOf(existing);
  const existingOf = ({ entry, arn, refusal: refused }: Translation) =>
    refused?.isLeftOut ? nodes.get(callerKey(arn)) : byArn.get(entry?.principalArn ?? '');
  const translations = all.map((one) => withTypeOfCluster(one, existingOf(one)));
  return { translations, proof: translations.map((one) => proofRow(one, existingOf(one))) };
}

/** Entries of nodes with the type that the cluster's has, where that need not change. */
function withTypeOfCluster(translation: Translation, existing: JudgedAccessEntry | undefined): Translation {
  if (!translation.entry) return translation;
  const { entry, findings } = asClusterHas(translation.entry, existing);
  return { ...translation, entry, findings: [...translation.findings, ...findings] };
}

/** Why a value of `--role-arn` does not give the path of a role; undefined where it does. */
function pathArnProblem(text: string): string | undefined {
  const problem = roleArnProblem(text);
  if (problem !== undefined || !parseProvisionedRoleArn(text) || text.includes(`:role${PROVISIONED_PATH}`))
    return problem;
  return `lacks the path of a role of Identity Center, role${PROVISIONED_PATH}…`;
}
