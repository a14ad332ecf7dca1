import { parseArn, withoutPath } from '../arn.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { loadWarnings } from '../aws-auth/load-findings.ts';
import type { EksCluster, Inventory } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import type { AccessEntry } from '../eks.ts';
import { type Finding, note, refusal, warning } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import { MAP_KEYS } from '../map-entry.ts';
import { callerKey, roleArnKey } from '../same-arn.ts';
import { listed, printable, shellWord } from '../text.ts';
import { ClusterState } from './cluster.ts';
import { type JudgedAccessEntry, mayLive } from './existing-entries.ts';
import { asClusterHas, nodeEntriesOf, nodesLeftOut } from './nodes.ts';
import { type FoundRole, hasPath, NODE_ROLE_OPTIONS, othersOf, roleFinder, unreadRole } from './principal.ts';
import { type ProofRow, proofRow, proofSummary } from './proof.ts';
import { rolesToFind, type Translation, translateMap } from './translate-map.ts';

/** Input for the translation of an aws-auth. */
interface FileQuestion {
  /** Null if AWS was not asked. */
  readonly inventory: Inventory | null;
  readonly isFresh: boolean;
  /** Null if it was not read. */
  readonly cluster: EksCluster | null;
  readonly partition: string | null;
  readonly clusterAccount: string | null;
  /** The access entry type for nodes; `own` for the type that an entry implies; null refuses nodes. */
  readonly nodes: string | null;
  /** ARNs of roles with their paths, from `--role-arn`. */
  readonly roleArns: readonly string[];
  readonly nodeRoles: readonly string[];
  /** Why the output format can't represent an access entry; null if it can. */
  readonly formatProblem: (entry: AccessEntry) => Translation['refusal'];
  /** See `proofRow`. */
  readonly isForController: boolean;
  /** The cluster's name and ARN; null without `--cluster`. */
  readonly name: Parameters<typeof nodesLeftOut>[1];
}

/** An aws-auth, translated. */
export interface TranslatedFile {
  readonly translations: readonly Translation[];
  /** A row for each translation. */
  readonly proof: readonly ProofRow[];
  readonly findings: readonly Finding[];
  readonly summary: Finding;
  /** The cluster's access entries. */
  readonly existing: readonly JudgedAccessEntry[];
  /** Looks up what is known about a role. */
  readonly find: (arn: string) => FoundRole;
}

/**
 * Translates all entries of an aws-auth for a cluster.
 * @throws Failure (exit 2) if an option gives a role the wrong path
 */
export function translateFile(awsAuth: AwsAuth, question: FileQuestion): TranslatedFile {
  const { inventory, isFresh, cluster, partition, roleArns, nodeRoles, formatProblem } = question;
  const read = { inventory, others: othersOf(inventory, isFresh), isFresh };
  const find = roleFinder({ ...read, stated: new Map() });
  const stated = { roleArns, nodeRoles, find };
  requireRoleArns(stated, partition);
  const existing = ClusterState.of(cluster, inventory).judged;
  const inSnapshot = (inventory?.clusters ?? []).flatMap((one) => ClusterState.of(one, inventory).judged);
  const { translations: all, findings } = translateMap(awsAuth, {
    ...read,
    stated: statedPaths(roleArns, nodeRoles, [...existing, ...inSnapshot]),
    partition,
    clusterAccount: question.clusterAccount,
    nodes: question.nodes,
  });
  const within = all.map((one): Translation => {
    const refused = one.entry && formatProblem(one.entry);
    return refused ? { ...one, entry: null, findings: [], refusal: refused } : one;
  });
  const { translations, proof } = proven(within, existing, question.isForController);
  return {
    translations,
    proof,
    findings: translatedFindings(awsAuth, { translations, proof }, findings, stated, question.name),
    summary: ReadTime.of(cluster ?? {}).tell(proofSummary(proof, awsAuth.lostKeys)),
    existing,
    find,
  };
}

/** The translations adapted to the cluster's access entries, and the proof with a row for each. */
function proven(
  all: readonly Translation[],
  existing: readonly JudgedAccessEntry[],
  isForController: boolean,
): Pick<TranslatedFile, 'translations' | 'proof'> {
  const byArn = new Map(existing.map((one) => [one.entry.principalArn, one]));
  const nodes = nodeEntriesOf(existing);
  const existingOf = ({ entry, arn, refusal: refused }: Translation) =>
    refused?.isLeftOut ? nodes.get(callerKey(arn)) : byArn.get(entry?.principalArn ?? '');
  const translations = all.map((one) => {
    if (!one.entry) return one;
    const { entry, findings } = asClusterHas(one.entry, existingOf(one));
    return { ...one, entry, findings: [...one.findings, ...findings] };
  });
  return { translations, proof: translations.map((one) => proofRow(one, existingOf(one), isForController)) };
}

/**
 * All findings on the translations.
 * @param noted findings from the translation itself
 * @param cluster the cluster that they are for
 */
function translatedFindings(
  awsAuth: AwsAuth,
  { translations, proof }: Pick<TranslatedFile, 'translations' | 'proof'>,
  noted: readonly Finding[],
  stated: StatedPaths,
  cluster: Parameters<typeof nodesLeftOut>[1],
): Finding[] {
  // Doubtful entries have a more detailed warning.
  const certain = translations.filter((_, index) => proof[index]?.doubt === null);
  // Skipped node roles without an access entry in the cluster.
  const leftOut = proof.flatMap((row) => (row.leftOut && row.before && !row.after ? [row.arn] : []));
  return [
    ...unusedRoleArns(stated, awsAuth),
    // Items that the authenticator can't load have no translation.
    ...MAP_KEYS.flatMap((key) => loadWarnings(awsAuth, key)),
    ...noted,
    ...translations.flatMap(findingsOf),
    ...unprovenPaths(certain, stated),
    ...unreadUsers(translations),
    ...nodesLeftOut(leftOut, cluster),
  ];
}

/** A translation's notes, preceded by a warning with the reason if it is refused. */
function findingsOf({ arn, location, refusal: refused, findings }: Translation): Finding[] {
  // All skipped node roles share one note.
  if (!refused || refused.isLeftOut) return [...findings];
  const { reason, help, isNamed } = refused;
  const message = isNamed ? `refused: ${reason}` : `${printable(arn)} is refused: ${reason}`;
  return [warning('entry-refused', message, { location, help }), ...findings];
}

/** A note on roles that the snapshot would have if it had been taken with the file. */
export function notInSnapshot(
  awsAuth: AwsAuth,
  { translations, find }: TranslatedFile,
  {
    withNodes,
    path,
    source,
  }: { readonly withNodes: boolean; readonly path: string; readonly source: string },
): Finding[] {
  const others = new Set(rolesToFind(awsAuth, withNodes).others.map(roleArnKey));
  const lacking = translations.filter(
    ({ arn, refusal: refused }) => refused && others.has(roleArnKey(arn)) && find(arn).kind === 'unknown',
  );
  if (lacking.length === 0) return [];
  const roles = lacking.length === 1 ? '1 role' : `${lacking.length} roles`;
  const message = `${source} doesn't have ${roles} that ${awsAuth.file} names`;
  const help = `Take it with the file, using credentials that can read their accounts: \`aws-auth-sso snapshot ${shellWord(path)}\`.`;
  return [note('other-roles-unread', message, { help })];
}

/** A note on IAM users, which are never looked up. */
function unreadUsers(translations: readonly Translation[]): Finding[] {
  const arns = translations.flatMap(({ entry }) => entry?.principalArn ?? []);
  const users = arns.filter((arn) => arn.includes(':user/'));
  if (users.length === 0) return [];
  const message = `these IAM users weren't looked up and may not exist: ${listed(users, 3)}`;
  const help =
    'EKS rejects an access entry for a deleted user, or with an ARN in another case. An existing access entry may be for an earlier user with that name.';
  return [note('users-not-read', message, { help })];
}

/**
 * ARNs with the paths of roles that were not read, see `PathFacts`.
 * @param roleArns with their paths
 * @param nodeRoles as written
 * @param existing the clusters' access entries
 */
function statedPaths(
  roleArns: readonly string[],
  nodeRoles: readonly string[],
  existing: readonly JudgedAccessEntry[],
): Map<string, string> {
  const arns = [
    // The most reliable last. Node roles may lack their path, because aws-auth doesn't need it.
    ...nodeRoles.filter((arn) => !hasPath(arn)),
    ...existing.filter(mayLive).map(({ entry }) => entry.principalArn),
    ...nodeRoles.filter(hasPath),
    ...roleArns,
  ];
  return new Map(arns.map((arn) => [roleArnKey(arn), arn]));
}

/** Roles whose paths come from options, and a lookup of what was read. */
interface StatedPaths {
  /** ARNs with paths from `--role-arn`. */
  readonly roleArns: readonly string[];
  readonly nodeRoles: readonly string[];
  readonly find: (arn: string) => FoundRole;
}

/** @throws Failure (exit 2) if an ARN contradicts another one, or the role that was read or is missing */
function requireRoleArns({ roleArns, find }: StatedPaths, partition: string | null): void {
  const seen = new Map<string, string>();
  for (const arn of roleArns) {
    const other = seen.get(roleArnKey(arn));
    if (other !== undefined && other !== arn)
      throw refusal({
        message: `--role-arn gives one role two paths: ${other} and ${arn}`,
        help: 'A role has one path: `aws iam get-role --role-name NAME` shows it.',
      });
    seen.set(roleArnKey(arn), arn);
    if (partition !== null && parseArn(arn)?.partition !== partition)
      throw refusal({
        message: `--role-arn ${arn} isn't in the cluster's partition, ${partition}`,
        help: `Use the ARN in partition ${partition}.`,
      });
    const contradiction = contradictionTo(arn, find(withoutPath(arn)));
    if (contradiction !== undefined)
      throw refusal({
        message: `--role-arn ${arn}: ${contradiction}`,
        help: "Remove this --role-arn, or take a new snapshot if the role is newer. Use --role-arn only for roles that weren't read.",
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

function unusedRoleArns({ roleArns }: StatedPaths, { entries, file }: AwsAuth): Finding[] {
  const named = new Set(entries.map((entry) => roleArnKey(entry.arn)));
  return roleArns
    .filter((arn) => !named.has(roleArnKey(arn)))
    .map((arn) =>
      warning('role-arn-unused', `--role-arn ${arn} matches no entry in ${file}`, {
        help: "Check the role's account and name, or remove this --role-arn.",
      }),
    );
}

/**
 * Notes on roles whose path is unproven because they were not looked up: paths from an access entry, and node roles
 * without a path. `--role-arn` is trusted.
 */
function unprovenPaths(
  translations: readonly Translation[],
  { roleArns, nodeRoles, find }: StatedPaths,
): Finding[] {
  return translations.flatMap(({ entry, arn, location }): Finding[] => {
    const { principalArn = '' } = entry ?? {};
    if (!principalArn.includes(':role/') || roleArns.includes(principalArn)) return [];
    if (find(arn).kind !== 'unknown') return [];
    if (!nodeRoles.includes(principalArn)) return [unreadRole(principalArn, 'an access entry', location)];
    return hasPath(principalArn) ? [] : [unreadRole(principalArn, NODE_ROLE_OPTIONS, location)];
  });
}
