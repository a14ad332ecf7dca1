import { nodesLeftOut } from '../../access-entries/grant.ts';
import {
  type FoundRole,
  hasPath,
  NODE_ROLE_OPTIONS,
  othersOf,
  roleFinder,
  statedPaths,
  unreadRole,
} from '../../access-entries/principal.ts';
import { asClusterHas, nodesOf, type ProofRow, proofRow, proofSummary } from '../../access-entries/proof.ts';
import { rolesToFind, type Translation, translateMap } from '../../access-entries/translate-map.ts';
import type { AccessEntry } from '../../access-entry.ts';
import { parseArn, withoutPath } from '../../arn.ts';
import { arnProblem } from '../../authenticator/diagnose-arn.ts';
import { type JudgedAccessEntry, judgeAccessEntries } from '../../cluster/access-entry-state.ts';
import { AwsAuth } from '../../cluster/aws-auth.ts';
import { loadWarnings } from '../../cluster/load-findings.ts';
import { requireNoTemplates } from '../../configmap/template.ts';
import { MAP_KEYS } from '../../entry.ts';
import { type Finding, note, refusal, warning } from '../../errors.ts';
import { foldKey } from '../../go-strings.ts';
import type { EksCluster, Inventory } from '../../inventory/model.ts';
import type { ClusterSelector } from '../../inventory/query.ts';
import { isFresh, RoleFacts } from '../../inventory/role-facts.ts';
import { nodeRoleProblem, roleArnProblem } from '../../mapping/config-schema.ts';
import { PROVISIONED_PATH, parseProvisionedRoleArn } from '../../role-name.ts';
import { callerKey, roleArnKey } from '../../same-arn.ts';
import { listed, printable, shellWord } from '../../text.ts';
import { type OpenSource, type Reading, readAwsAuthOrEmpty, withReading } from '../inputs/inputs.ts';
import { readRolesOf } from '../inputs/inventory.ts';
import { loadConfig } from '../load-request.ts';
import { type CommonOptions, checked, parseDuration } from '../options.ts';
import type { Shell } from '../shell.ts';
import { ANOTHER_FORMAT } from './access-entries-output.ts';

export interface FromOptions extends CommonOptions {
  readonly from: string;
  /** `own`: the type that an entry tells; null: nodes are refused. */
  readonly nodeType: string | null;
  /** ARNs of roles with their paths. */
  readonly roleArns: readonly string[];
  /** As `--cluster` names it; null without. */
  readonly selector: ClusterSelector | null;
  /** Why the format cannot hold an access entry; undefined where it can. */
  readonly problemOf: (entry: AccessEntry) => string | undefined;
  readonly maxAge: string;
}

/** What is known of the cluster that `--cluster` names. */
export interface KnownCluster {
  /** Null where it was not read. */
  readonly cluster: EksCluster | null;
  /** Its ARN, as it was read, given or asked for; null where its account is not known. */
  readonly arn: string | null;
}

/** An aws-auth, translated. */
export interface TranslatedFile extends KnownCluster {
  readonly translations: readonly Translation[];
  readonly proof: readonly ProofRow[];
  readonly findings: readonly Finding[];
  readonly summary: Finding;
  /** The access entries that the cluster has. */
  readonly existing: readonly JudgedAccessEntry[];
}

/** Reads the cluster, as far as it can be read. */
type ReadCluster = (open: OpenSource, snapshot: Inventory | null) => Promise<KnownCluster>;

/**
 * Reads an aws-auth, and AWS or snapshots as far as they are needed, and translates it.
 * @throws Failure (exit 2 or 3)
 */
export async function translateFile(
  options: FromOptions,
  readCluster: ReadCluster,
  shell: Shell,
): Promise<TranslatedFile> {
  const maxAge = parseDuration(options.maxAge);
  const awsAuth = await readMap(options.from, shell);
  const { selector, roleArns, problemOf } = options;
  requirePartition(awsAuth, selector?.place?.partition ?? null, 'the cluster is');
  const { config = {} } = (await loadConfig(options, shell)) ?? {};
  const nodeRoles = [
    ...(config.nodeRoles ?? []),
    ...checked('--node-role', options.nodeRole, nodeRoleProblem),
  ];
  return withReading(options, shell, true, async (reading) => {
    const { cluster, arn, inventory } = await readAws(awsAuth, nodeRoles, options, reading, readCluster);
    const clusterArn = cluster && parseArn(cluster.arn);
    const partition = selector?.place?.partition ?? clusterArn?.partition ?? inventory?.partition ?? null;
    requirePartition(awsAuth, partition, clusterArn ? 'the cluster is' : 'the accounts are');
    if (inventory) requireAccountsOf(selector, inventory);
    const isRecent = !inventory || isFresh(inventory, maxAge);
    const read = { inventory, others: othersOf(inventory, isRecent), isFresh: isRecent };
    const find = roleFinder({ ...read, stated: new Map() });
    requireRoleArns(roleArns, partition, find);
    const existing = cluster ? judgeAccessEntries(cluster, inventory) : [];
    const { translations: all, findings } = translateMap(awsAuth, {
      ...read,
      stated: statedPaths(roleArns, nodeRoles, [...existing, ...entriesIn(inventory)]),
      partition,
      clusterAccount: selector?.place?.accountId ?? clusterArn?.accountId ?? null,
      nodes: options.nodeType,
    });
    const { translations, proof } = proven(
      all.map((one) => withinFormat(one, problemOf)),
      existing,
    );
    // Not a finding of the output, which is the same as with AWS.
    if (options.inventory) shell.report(notInSnapshot(awsAuth, translations, options, find));
    return {
      translations,
      proof,
      findings: [
        ...unusedRoleArns(roleArns, awsAuth),
        ...lostInFile(awsAuth),
        ...findings,
        ...translations.flatMap(findingsOf),
        ...unprovenPaths(beyondDoubt(translations, proof), options, nodeRoles, find),
        ...unreadUsers(translations),
        ...nodesLeftOut(leftOutIn(proof), selector && { name: selector.name, arn }),
      ],
      summary: proofSummary(proof, awsAuth.lostKeys),
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

/** Of those in doubt a warning tells more. */
function beyondDoubt(translations: readonly Translation[], proof: readonly ProofRow[]): Translation[] {
  return translations.filter((_, index) => proof[index]?.doubt === null);
}

/** The node roles that nothing is written for, and that the cluster has no access entry of. */
function leftOutIn(proof: readonly ProofRow[]): string[] {
  return proof.flatMap(({ arn, leftOut, before, after }) => (leftOut && before && !after ? [arn] : []));
}

async function readMap(file: string, shell: Shell): Promise<AwsAuth> {
  const document = await readAwsAuthOrEmpty(file, shell);
  requireNoTemplates(document);
  return new AwsAuth(document);
}

/** The cluster, and the roles that entries name. AWS is asked for roles unless options give all of their paths, and it was not asked anyway. */
async function readAws(
  awsAuth: AwsAuth,
  nodeRoles: readonly string[],
  options: FromOptions,
  reading: Reading,
  readCluster: ReadCluster,
): Promise<KnownCluster & { readonly inventory: Inventory | null }> {
  const { provisioned, others } = rolesToFind(awsAuth, options.nodeType !== null);
  if (options.inventory) {
    const inventory = await readRolesOf(provisioned, reading);
    return { ...(await readCluster(reading.open, inventory)), inventory };
  }
  const known = await readCluster(reading.open, null);
  const stated = new Set([...options.roleArns, ...nodeRoles.filter(hasPath)].map(roleArnKey));
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
function requirePartition({ entries, file }: AwsAuth, partition: string | null, whose: string): void {
  if (partition === null) return;
  const found = entries.flatMap((entry) =>
    entry.sso || arnProblem(entry) ? [] : (parseArn(callerKey(entry.arn))?.partition ?? []),
  );
  if (found.length === 0 || found.includes(partition)) return;
  throw refusal({
    message: `the entries are in partition ${listed([...new Set(found)])}, but ${whose} in ${partition}`,
    location: { file },
    help: 'Name the cluster that this aws-auth is of, with credentials (--profile) or a snapshot of its partition.',
  });
}

/** @throws Failure (exit 2) where a cluster's ARN is of another partition than the accounts */
export function requireAccountsOf(selector: ClusterSelector | null, { partition }: Inventory): void {
  if (!selector?.place || selector.place.partition === partition) return;
  throw refusal({
    message: `cluster ${selector.name} is in partition ${selector.place.partition}, but the accounts are in ${partition}`,
    help: `Use the ARN in partition ${partition}.`,
  });
}

/** A refusal of an access entry that the format cannot hold. */
function withinFormat(translation: Translation, problemOf: FromOptions['problemOf']): Translation {
  const reason = translation.entry ? problemOf(translation.entry) : undefined;
  if (reason === undefined) return translation;
  return { ...translation, entry: null, findings: [], refusal: { reason, help: ANOTHER_FORMAT } };
}

/** The translations as they fit the access entries that the cluster has, and the proof, a row for each. */
function proven(
  all: readonly Translation[],
  existing: readonly JudgedAccessEntry[],
): Pick<TranslatedFile, 'translations' | 'proof'> {
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

/** What the authenticator does not load, so that it has no translation. */
function lostInFile(awsAuth: AwsAuth): Finding[] {
  return MAP_KEYS.flatMap((key) => loadWarnings(awsAuth, key));
}

/** Its notes; of one that is refused, the reason. */
function findingsOf({ arn, location, refusal: refused, findings }: Translation): Finding[] {
  // Of node roles that are left out there is one note.
  if (!refused || refused.isLeftOut) return [...findings];
  const { reason, help, isNamed } = refused;
  const message = isNamed ? `refused: ${reason}` : `${printable(arn)} is refused: ${reason}`;
  return [warning('entry-refused', message, { location, help }), ...findings];
}

/** Why a value of `--role-arn` does not give the path of a role; undefined where it does. */
export function pathArnProblem(text: string): string | undefined {
  const problem = roleArnProblem(text);
  if (problem !== undefined || !parseProvisionedRoleArn(text) || text.includes(`:role${PROVISIONED_PATH}`))
    return problem;
  return `lacks the path of a role of Identity Center, role${PROVISIONED_PATH}…`;
}

/** @throws Failure (exit 2) where two ARNs give one role different paths, or what was read has another, or none */
function requireRoleArns(
  arns: readonly string[],
  partition: string | null,
  find: (arn: string) => FoundRole,
): void {
  const seen = new Map<string, string>();
  for (const arn of arns) {
    const other = seen.get(roleArnKey(arn));
    if (other !== undefined && other !== arn)
      throw refusal({
        message: `--role-arn gives one role two paths: ${other} and ${arn}`,
        help: 'A role has one path: `aws iam get-role --role-name NAME` shows it.',
      });
    seen.set(roleArnKey(arn), arn);
    if (partition !== null && parseArn(arn)?.partition !== partition)
      throw refusal({
        message: `--role-arn ${arn} is not in the partition of the cluster, ${partition}`,
        help: `Use the ARN in partition ${partition}.`,
      });
    const contradiction = contradictionTo(arn, find(withoutPath(arn)));
    if (contradiction !== undefined)
      throw refusal({
        message: `--role-arn ${arn}: ${contradiction}`,
        help: 'Leave this --role-arn out, or take a new snapshot if the role is younger: it gives the paths of roles that were not read.',
      });
  }
}

function contradictionTo(arn: string, found: FoundRole): string | undefined {
  switch (found.kind) {
    case 'found':
      return foldKey(arn) === foldKey(found.pathArn) ? undefined : `the ARN of this role is ${found.pathArn}`;
    case 'successor':
      return `the role was re-created as ${found.role.pathArn}`;
    case 'gone':
      return found.reason;
    case 'unknown':
      return undefined;
  }
}

function unusedRoleArns(arns: readonly string[], { entries, file }: AwsAuth): Finding[] {
  const named = new Set(entries.map((entry) => roleArnKey(entry.arn)));
  return arns
    .filter((arn) => !named.has(roleArnKey(arn)))
    .map((arn) =>
      warning('role-arn-unused', `--role-arn ${arn} is the ARN of no entry of ${file}`, {
        help: 'Check account and name of the role, or leave it out.',
      }),
    );
}

/**
 * Notes on roles that were not looked up, so that nothing proves their path: those that an access entry has, and node roles without a path.
 * `--role-arn` is the word of whoever uses it.
 */
function unprovenPaths(
  translations: readonly Translation[],
  options: FromOptions,
  nodeRoles: readonly string[],
  find: (arn: string) => FoundRole,
): Finding[] {
  return translations.flatMap(({ entry, arn, location }): Finding[] => {
    const { principalArn = '' } = entry ?? {};
    if (!principalArn.includes(':role/') || options.roleArns.includes(principalArn)) return [];
    if (find(arn).kind !== 'unknown') return [];
    if (!nodeRoles.includes(principalArn)) return [unreadRole(principalArn, 'an access entry', location)];
    return hasPath(principalArn) ? [] : [unreadRole(principalArn, NODE_ROLE_OPTIONS, location)];
  });
}

/** A note on roles whose path a snapshot would have, had it been taken with the file. */
function notInSnapshot(
  awsAuth: AwsAuth,
  translations: readonly Translation[],
  { nodeType, from }: FromOptions,
  find: (arn: string) => FoundRole,
): Finding[] {
  const others = new Set(rolesToFind(awsAuth, nodeType !== null).others.map(roleArnKey));
  const lacking = translations.filter(
    ({ arn, refusal: refused }) => refused && others.has(roleArnKey(arn)) && find(arn).kind === 'unknown',
  );
  if (lacking.length === 0) return [];
  const roles = lacking.length === 1 ? '1 role' : `${lacking.length} roles`;
  const message = `the snapshot does not have ${roles} that ${awsAuth.file} names`;
  const help = `Take it with the file, where their accounts can be read: \`aws-auth-sso snapshot ${shellWord(from)}\`.`;
  return [note('other-roles-unread', message, { help })];
}

/** IAM users are not looked up. */
function unreadUsers(translations: readonly Translation[]): Finding[] {
  const arns = translations.flatMap(({ entry }) => entry?.principalArn ?? []);
  const users = arns.filter((arn) => arn.includes(':user/'));
  if (users.length === 0) return [];
  const message = `whether these IAM users exist was not looked up: ${listed(users, 3)}`;
  const help =
    'EKS refuses to create an access entry of a user who was deleted, or whose ARN differs by upper and lower case. One that is there already may be of an earlier user of that name.';
  return [note('users-not-read', message, { help })];
}
