import { type AccessEntry, isClusterAdminPolicy, isForPeople } from '../access-entry.ts';
import { type JudgedAccessEntry, mayLive } from '../cluster/access-entry-state.ts';
import { Failure, type Finding, note, type Problem, warning } from '../errors.ts';
import { clusterLocation, clusterText, type EksCluster } from '../inventory/model.ts';
import { ReadTime } from '../inventory/read-time.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { listed, printable } from '../text.ts';
import { type UnwantedEntry, unwantedEntries } from './plan-cluster.ts';
import {
  ALLOW_LOCKOUT,
  lastOfAccountText,
  pruneSkipped,
  pruneUncertainties,
  type WantedContext,
} from './unwanted.ts';

/** A cluster's access entries, and what the mappings want. */
export interface PruneQuestion {
  readonly cluster: EksCluster;
  readonly existing: readonly JudgedAccessEntry[];
  /** The access entries of the mappings. */
  readonly wanted: readonly AccessEntry[];
  readonly context: WantedContext;
}

/**
 * The access entries that `--prune` deletes: like `merge --prune`, none of a superseded role that still exists, and
 * null if the inventory is too old.
 * @throws Failure (exit 2) if something was not read or resolved, or someone would be locked out
 */
export function entriesToPrune(
  question: PruneQuestion,
  allowLockout: boolean,
): readonly UnwantedEntry[] | null {
  const { existing, wanted, context } = question;
  if (!context.isFresh) return null;
  refuse(pruneUncertainties(context));
  const pruned = removable(unwantedEntries(existing, wanted, context));
  if (pruned.length > 0 && !allowLockout)
    refuse([...lastOfAccounts(pruned, question), ...lastAdmin(pruned, question)]);
  return pruned;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(2, problems);
}

function removable(unwanted: readonly UnwantedEntry[]): readonly UnwantedEntry[] {
  return unwanted.filter(({ reason }) => reason !== 'superseded');
}

function lastOfAccounts(pruned: readonly UnwantedEntry[], question: PruneQuestion): Problem[] {
  const accountOf = ({ principalArn }: AccessEntry) => parseProvisionedRoleArn(principalArn)?.accountId ?? '';
  const left = new Set(entriesAfter(pruned, question).map(accountOf));
  const removed = pruned.map(({ judged }) => judged).filter(mayLive);
  const last = new Map(removed.map(({ entry }) => [accountOf(entry), entry.principalArn]));
  return [...last]
    .filter(([accountId]) => !left.has(accountId))
    .map(([accountId, arn]) => ({
      message: lastOfAccountText(accountId, printable(arn)),
      location: clusterLocation(question.cluster),
      help: ALLOW_LOCKOUT,
    }));
}

function lastAdmin(pruned: readonly UnwantedEntry[], question: PruneQuestion): Problem[] {
  const last = pruned.map(({ judged }) => judged).findLast((one) => mayLive(one) && isHumanAdmin(one.entry));
  if (!last || entriesAfter(pruned, question).some(isHumanAdmin)) return [];
  const message = `--prune would remove the last cluster admin's access entry: ${printable(last.entry.principalArn)}`;
  return [{ message, location: clusterLocation(question.cluster), help: ALLOW_LOCKOUT }];
}

/** The entries that certainly grant access after the script: nothing is known against their role or its assignees. */
function entriesAfter(
  pruned: readonly UnwantedEntry[],
  { existing, wanted, context }: PruneQuestion,
): AccessEntry[] {
  const { roles } = context;
  const gone = new Set(pruned.map(({ judged }) => judged));
  const written = new Set(wanted.map(({ principalArn }) => principalArn));
  const kept = existing.filter(
    (one) => !gone.has(one) && mayLive(one) && !written.has(one.entry.principalArn),
  );
  return [...kept.map(({ entry }) => entry), ...wanted].filter(
    ({ principalArn }) => !roles.isUnused(roles.aboutPrincipal(principalArn)),
  );
}

/** True if an access entry makes people cluster admin. Nodes and AWS services aren't people. */
export function isHumanAdmin(entry: AccessEntry): boolean {
  return isForPeople(entry) && entry.policies.some(isClusterAdminPolicy);
}

/** Findings on the result of `entriesToPrune`. */
export function prunedFindings(
  { cluster, context }: PruneQuestion,
  pruned: readonly UnwantedEntry[] | null,
): Finding[] {
  if (!pruned) return [pruneSkipped(context.roles)];
  if (pruned.length === 0) return [];
  const alive = pruned.filter(({ judged }) => mayLive(judged));
  const message = `the script deletes ${countText(pruned.length)} from ${clusterText(cluster)}: ${arnsOf(pruned)}`;
  const uncovered = `aws-auth of ${clusterText(cluster)} applies again to roles whose access entry the script deletes: ${arnsOf(alive)}`;
  const help = 'Remove their entries from aws-auth first, for example with `aws-auth-sso merge --prune`.';
  return [
    note('pruned-entry', message),
    ...(alive.length > 0 && cluster.authenticationMode !== 'API'
      ? [warning('aws-auth-uncovered', uncovered, { help })]
      : []),
  ];
}

/** Findings on unwanted entries that stay. */
export function unwantedFindings(
  { cluster, existing, wanted, context }: PruneQuestion,
  isPruning: boolean,
): Finding[] {
  const unwanted = unwantedEntries(existing, wanted, context);
  const left = isPruning ? [] : removable(unwanted);
  const superseded = unwanted.filter(({ reason }) => reason === 'superseded');
  const where = `${clusterText(cluster)} has`;
  const readTime = ReadTime.earliest(ReadTime.of(cluster), context.roles.readTimeIn());
  return [
    ...(left.length === 0
      ? []
      : [
          note(
            'unwanted-access-entry',
            readTime.dated(`${where} ${countText(left.length)} that no mapping wants: ${arnsOf(left)}`),
            {
              help: 'This output keeps them. -o aws-cli --prune deletes them.',
            },
          ),
        ]),
    ...(superseded.length === 0
      ? []
      : [
          note(
            'superseded-access-entry',
            readTime.dated(
              `${where} ${countText(superseded.length)} for existing roles whose permission set has a newer role: ${arnsOf(superseded)}`,
            ),
            { help: 'Even --prune keeps such entries.' },
          ),
        ]),
  ];
}

function countText(count: number): string {
  return count === 1 ? '1 access entry' : `${count} access entries`;
}

function arnsOf(entries: readonly UnwantedEntry[]): string {
  return listed(entries.map(({ judged }) => printable(judged.entry.principalArn)));
}
