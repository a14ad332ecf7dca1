import type { ExistingAccessEntry } from '../directory/model.ts';
import { isOtherRole } from '../directory/provisioned-roles.ts';
import { ReadTime, type Timed } from '../directory/read-time.ts';
import type { AccessEntry } from '../eks.ts';
import { groupBy } from '../group-by.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { printable } from '../text.ts';
import { awsCliScript, deleteCall, deletions, entryCall, type ScriptTarget } from './aws-cli-script.ts';
import type { JudgedAccessEntry } from './existing-entries.ts';

/** An access entry to delete, and why. */
interface Deletion {
  readonly judged: Pick<JudgedAccessEntry, 'entry' | 'readTime'>;
  readonly reason: 'gone' | 'unmapped' | 'superseded';
}

/** The cluster that the script is for, and its entries that need more than an update. */
export interface AwsCliTarget extends ScriptTarget {
  /** Dead access entries, which must be deleted before the script can create the entry. */
  readonly dead: readonly (Pick<ExistingAccessEntry, 'principalArn' | 'createdAt'> & Timed)[];
  /** The unwanted entries to delete, also those of Identity Center's roles among the dead; null or missing: it deletes nothing. */
  readonly pruned?: readonly Deletion[] | null;
}

/**
 * A script that brings a cluster's access entries to the given state with the AWS CLI. It creates and updates, deletes
 * only what is to be pruned, and only reads if nothing differs.
 */
export function renderAwsCli(entries: readonly AccessEntry[], target: AwsCliTarget): string {
  const { pruned = null } = target;
  const dead = new Map(target.dead.map((entry) => [entry.principalArn, entry]));
  const calls = entries.map((entry) => {
    const { principalArn } = entry;
    const inTheWay = dead.get(principalArn);
    const call = `${entryCall(entry, [], inTheWay)}\n`;
    // If Identity Center didn't make the role, its entry may not be deleted.
    const isProvisioned = parseProvisionedRoleArn(principalArn) !== undefined && !isOtherRole(principalArn);
    if (!pruned || !inTheWay || !isProvisioned) return `\n${call}`;
    const why = ReadTime.of(inTheWay).dated(RE_CREATED);
    return `\n# ${why}.\n${deleteCall(principalArn, 'dead', inTheWay)}\n${call}`;
  });
  const hasNodes = entries.some(({ type }) => type.startsWith('EC2'));
  const ends = pruned?.length ? [pruneCalls(pruned)] : [];
  return awsCliScript(about(target), calls, ends, target, { isExact: false, hasNodes });
}

const RE_CREATED = 'Created before its role was re-created: nobody has access through it';

function about({ cluster, arn, pruned }: AwsCliTarget): string[] {
  const deletes = !pruned
    ? 'Deletes nothing, but warns about other access policies of these'
    : 'At the end, deletes those that no mapping wants. Warns about other access policies of these';
  return [
    `Access entries for the EKS cluster ${printable(arn ?? cluster)}`,
    '',
    'Creates missing access entries, associates access policies that are missing or cover other namespaces, and',
    `updates usernames and groups that differ. ${deletes}`,
    'entries, and about custom usernames where this script leaves the username to EKS. Safe to run again: if',
    'nothing differs, it only reads.',
    '',
    'An access entry overrides aws-auth as soon as it is created, a moment before its policies are associated.',
  ];
}

const WHY: Readonly<Record<Deletion['reason'], string>> = {
  gone: 'The role is gone or was re-created, so nobody has access through it',
  unmapped: 'No mapping names the role',
  superseded: 'A newer role of the permission set is mapped',
};

/** Deletes entries once all others are as wanted, with the reason for each. */
function pruneCalls(pruned: readonly Deletion[]): string {
  const byReason = groupBy(pruned, ({ reason }) => reason);
  const lines = [...byReason].flatMap(([reason, all]) => [
    `# ${ReadTime.earliest(...all.map(({ judged }) => judged.readTime)).dated(WHY[reason])}:`,
    ...all.map(({ judged: { entry } }) => deleteCall(entry.principalArn, 'only', entry)),
  ]);
  return deletions('Access entries that --prune deletes', lines);
}
