import { type AccessEntry, defaultUsername } from '../access-entry.ts';
import { type JudgedAccessEntry, mayLive } from '../cluster/access-entry-state.ts';
import { type Finding, note } from '../errors.ts';
import { clusterText, type EksCluster, type ExistingAccessEntry } from '../inventory/model.ts';
import { listed, printable } from '../text.ts';
import { awsCliScript, deleteCall, deletions, entryCall, type ScriptTarget } from './aws-cli-script.ts';
import { isMadeByEks } from './made-by-eks.ts';

/** A plan to undo a script. */
export interface Rollback {
  /** The entries to put back as they were read. */
  readonly restored: readonly ExistingAccessEntry[];
  /** Entries that the script creates, to be deleted. */
  readonly created: readonly { readonly principalArn: string; readonly dead: ExistingAccessEntry | null }[];
  /** Entries that granted no access, which nothing puts back: a new one would grant it. */
  readonly dead: readonly ExistingAccessEntry[];
  /** Node entries that EKS may create itself before the script does. */
  readonly kept: readonly AccessEntry[];
  /** True if aws-auth applies again to principals whose entry is deleted. */
  readonly uncoversAwsAuth: boolean;
}

/**
 * Plans how to undo a script, given the cluster before it. Leaves entries alone that EKS makes itself, unless the
 * script writes them.
 * @param written the access entries that the script creates or updates
 */
export function planRollback(
  written: readonly AccessEntry[],
  { arn, authenticationMode }: Pick<EksCluster, 'arn' | 'authenticationMode'>,
  existing: readonly JudgedAccessEntry[],
): Rollback {
  const isWritten = new Set(written.map(({ principalArn }) => principalArn));
  const people = existing.filter(
    ({ entry }) =>
      entry.type === 'STANDARD' && (isWritten.has(entry.principalArn) || !isMadeByEks(entry, arn)),
  );
  const restored = people.filter(mayLive).map(({ entry }) => entry);
  const dead = people.filter((one) => !mayLive(one)).map(({ entry }) => entry);
  const alive = new Set(existing.map(({ entry }) => entry.principalArn));
  for (const { principalArn } of dead) alive.delete(principalArn);
  const deadByArn = new Map(dead.map((entry) => [entry.principalArn, entry]));
  const fresh = written.filter(({ principalArn }) => !alive.has(principalArn));
  // Enabling access entries makes EKS create those of managed nodes.
  const isOfEks = ({ type }: AccessEntry) => type !== 'STANDARD' && authenticationMode === 'CONFIG_MAP';
  return {
    restored,
    created: fresh
      .filter((entry) => !isOfEks(entry))
      .map(({ principalArn }) => ({ principalArn, dead: deadByArn.get(principalArn) ?? null })),
    dead,
    kept: fresh.filter(isOfEks),
    uncoversAwsAuth: authenticationMode !== 'API' && fresh.length > 0,
  };
}

/** A script that brings access entries back to how they were read; it only reads if they still are. */
export function renderRollback(
  { restored, created, dead, kept, uncoversAwsAuth }: Rollback,
  target: Omit<ScriptTarget, 'tags'>,
): string {
  const deletes = created.length > 0;
  const deleteCalls = created.map((one) => deleteCall(one.principalArn, 'except', one.dead));
  const calls = [
    ...(uncoversAwsAuth ? [REQUIRE_AWS_AUTH] : []),
    ...restored.map((entry) => `\n${entryCall(withUsername(entry))}\n`),
    ...commented('Not restored, because nobody had access through it', dead),
    ...commented('Not deleted, because EKS may have created it', kept),
    ...(deletes ? [deletions('Access entries that did not exist or granted no access', deleteCalls)] : []),
  ];
  const needs = { creates: restored.length > 0 || !deletes, isExact: true, deletes, hasNodes: false };
  return awsCliScript(about(target, uncoversAwsAuth), calls, target, needs);
}

/** EKS resets a username that an update omits, but the script would keep another one. */
function withUsername(entry: AccessEntry): AccessEntry {
  return { ...entry, username: entry.username ?? defaultUsername(entry.principalArn) };
}

function commented(why: string, entries: readonly AccessEntry[]): string[] {
  return entries.map(({ principalArn }) => `\n# ${why}: ${printable(principalArn)}\n`);
}

function about({ cluster, arn }: Pick<ScriptTarget, 'cluster' | 'arn'>, uncoversAwsAuth: boolean): string[] {
  return [
    `Rollback of the access entries of the EKS cluster ${printable(arn ?? cluster)}`,
    '',
    'Restores the access entries as they were when this script was printed. Print it before you run the script',
    'that changes them: printed afterwards, it would restore the changed entries.',
    '',
    'Creates missing access entries, and resets usernames, groups and access policies that differ. Then,',
    'unless something failed, deletes the access entries that the other script creates. Leaves entries alone that',
    'EKS makes itself.',
    ...(uncoversAwsAuth ? RESTORE_AWS_AUTH : []),
    'Restores no tags. Safe to run again: if nothing differs, it only reads.',
  ];
}

/** Mode API can't be changed back: deleting entries would then lock their principals out. */
const REQUIRE_AWS_AUTH = `
# When this was printed, aws-auth applied.
mode=$(ask describe-cluster --name "$cluster" --query cluster.accessConfig.authenticationMode)
[[ $mode != API ]] ||
  error 'the authentication mode is API now, and aws-auth is ignored: principals without an access entry have no access'
`;

const RESTORE_AWS_AUTH = [
  '',
  'If you have removed entries from aws-auth since, restore them first: aws-auth applies again to principals whose',
  'access entry is deleted.',
  '',
];

/** Notes on the effect of the rollback. */
export function rollbackFindings(
  { restored, created, dead }: Rollback,
  cluster: Pick<EksCluster, 'name' | 'label'>,
): Finding[] {
  const help = 'Print it before you run the script that changes them, with the same options.';
  const message = `the rollback restores ${restored.length} access entries of ${clusterText(cluster)}, and deletes ${created.length} if the script creates them`;
  const lost = `the rollback doesn't restore access entries that grant no access: ${listed(dead.map(({ principalArn }) => printable(principalArn)))}`;
  return [
    note('rollback', message, { help }),
    ...(dead.length === 0 ? [] : [note('dead-not-restored', lost)]),
  ];
}
