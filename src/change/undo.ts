import {
  awsCliScript,
  deleteCall,
  deletions,
  entryCall,
  type ScriptTarget,
} from '../access-entry/aws-cli-script.ts';
import { mayLive } from '../access-entry/existing-entries.ts';
import { clusterText, type EksCluster, type ExistingAccessEntry } from '../directory/model.ts';
import { type AccessEntry, defaultUsername, isClusterAdminPolicy } from '../eks.ts';
import { type Finding, note, warning } from '../errors.ts';
import { listed, printable } from '../text.ts';
import { type ClusterChange, decided } from './change.ts';

/** A plan in reverse. */
interface Undo {
  /** The entries to put back as they were read, and the ARNs of policies that the plan adds to them. */
  readonly restored: readonly { readonly entry: ExistingAccessEntry; readonly wrote: readonly string[] }[];
  /** Entries that the plan adds, to be deleted. */
  readonly created: readonly { readonly written: AccessEntry; readonly dead: ExistingAccessEntry | null }[];
  /** Entries that granted no access, which nothing puts back: a new one would grant it. */
  readonly dead: readonly ExistingAccessEntry[];
  /** Entries that EKS may create itself before the script does: those of nodes, and of the cluster's creator. */
  readonly kept: readonly AccessEntry[];
  /** True if aws-auth applies again to principals whose entry is deleted. */
  readonly uncoversAwsAuth: boolean;
  /** True if the plan changes nothing, as after it was carried out. */
  readonly isVain: boolean;
}

/** Reverses a plan. Leaves entries alone that the plan doesn't change, and those for nodes. */
export function undoOf(
  plan: readonly ClusterChange[],
  { authenticationMode }: Pick<EksCluster, 'authenticationMode'>,
): Undo {
  const additions = decided(plan, 'added').filter(
    ({ predecessor }) => predecessor === null || predecessor.entry.type === 'STANDARD',
  );
  const replaced = new Set(additions.map(({ predecessor }) => predecessor));
  const there = plan.flatMap((change) =>
    change.outcome === 'added' || change.entry.entry.type !== 'STANDARD' ? [] : change,
  );
  const restored = decided(there, 'kept', 'updated', 'removed').filter(({ entry }) => mayLive(entry));
  const dead = there.filter(
    ({ entry, outcome }) => replaced.has(entry) || (outcome === 'removed' && !mayLive(entry)),
  );
  const isLikeCreators = ({ principalArn, username, kubernetesGroups, policies }: AccessEntry) =>
    (username === null || username === defaultUsername(principalArn)) &&
    kubernetesGroups.length === 0 &&
    policies.some(isClusterAdminPolicy);
  // Enabling access entries makes EKS create those of managed nodes and of the cluster's creator.
  const isOfEks = (entry: AccessEntry) =>
    authenticationMode === 'CONFIG_MAP' && (entry.type !== 'STANDARD' || isLikeCreators(entry));
  return {
    restored: restored.map((change) => {
      const { entry } = change.entry;
      const before = new Set(entry.policies.map(({ policyArn }) => policyArn));
      const after = 'wanted' in change ? change.wanted.policies : [];
      return { entry, wrote: after.map(({ policyArn }) => policyArn).filter((arn) => !before.has(arn)) };
    }),
    created: additions
      .filter(({ wanted }) => !isOfEks(wanted))
      .map(({ wanted, predecessor }) => ({ written: wanted, dead: predecessor?.entry ?? null })),
    dead: dead.map(({ entry }) => entry.entry),
    kept: additions.map(({ wanted }) => wanted).filter(isOfEks),
    uncoversAwsAuth: authenticationMode !== 'API' && additions.length > 0,
    isVain: decided(plan, 'added', 'updated', 'removed').length === 0,
  };
}

/** A script that brings access entries back to how they were read; it only reads if they still are. */
export function renderUndo(
  { restored, created, dead, kept, uncoversAwsAuth }: Undo,
  target: Omit<ScriptTarget, 'tags'>,
): string {
  const deletes = created.length > 0;
  const deleteCalls = created.map(({ written, dead: before }) =>
    deleteCall(written.principalArn, 'except', before, written),
  );
  const calls = restored.map(({ entry, wrote }) => {
    // EKS resets a username that an update omits, but the script would keep another one.
    const username = entry.username ?? defaultUsername(entry.principalArn);
    return `\n${entryCall({ ...entry, username }, wrote)}\n`;
  });
  const ends = [
    ...(uncoversAwsAuth ? ['\nrequire_aws_auth\n'] : []),
    ...commented('Not restored, because nobody had access through it', dead),
    ...commented('Not deleted, because EKS may have created it', kept),
    ...(deletes ? [deletions('Access entries that did not exist or granted no access', deleteCalls)] : []),
  ];
  const uncovered = uncoversAwsAuth ? created.map(({ written }) => written.principalArn) : [];
  const needs = { isExact: true, hasNodes: false, uncovered };
  return awsCliScript(about(target, uncoversAwsAuth), calls, ends, target, needs);
}

function commented(why: string, entries: readonly AccessEntry[]): string[] {
  return entries.map(({ principalArn }) => `\n# ${why}: ${printable(principalArn)}\n`);
}

function about({ cluster, arn }: Pick<ScriptTarget, 'cluster' | 'arn'>, uncoversAwsAuth: boolean): string[] {
  return [
    `Rollback of the access entries of the EKS cluster ${printable(arn ?? cluster)}`,
    '',
    'Restores the access entries that another script changes, as they were when this one was printed. Print it before',
    'you run the other one: printed afterwards, it would restore the changed entries.',
    '',
    'Creates missing access entries, resets usernames, groups and policies that differ, and removes the access policies',
    'that the other script adds. Then, unless something failed, deletes the access entries that it creates. Leaves',
    "alone what it doesn't write.",
    ...(uncoversAwsAuth ? RESTORE_AWS_AUTH : []),
    'Restores no tags. Safe to run again: if nothing differs, it only reads.',
  ];
}

const RESTORE_AWS_AUTH = [
  '',
  'If you have removed entries from aws-auth since, restore them first: aws-auth applies again to principals whose',
  'access entry is deleted.',
  '',
];

const TOO_LATE =
  'If you have run the script, run the rollback that you printed before it.\nWithout that one, delete the access entries yourself: `aws eks delete-access-entry`. Then aws-auth applies again, unless the authentication mode is API.';

/** Notes on the effect of the rollback. */
export function undoFindings(
  { restored, created, dead, kept, isVain }: Undo,
  cluster: Pick<EksCluster, 'name' | 'label'>,
): Finding[] {
  if (isVain)
    return [
      warning(
        'rollback-vain',
        `this rollback undoes nothing: with these options, the script changes nothing in ${clusterText(cluster)}`,
        { help: TOO_LATE },
      ),
    ];
  const help = 'Print it before you run the script that changes them, with the same options.';
  const texts = [
    ...(restored.length === 0 ? [] : [`restores ${restored.length}`]),
    ...(created.length === 0 ? [] : [`deletes ${created.length} if the script creates them`]),
  ];
  const message = `access entries of ${clusterText(cluster)}: the rollback ${texts.join(', and ') || 'changes none'}`;
  const creators = kept.flatMap(({ type, principalArn }) =>
    type === 'STANDARD' ? [printable(principalArn)] : [],
  );
  const lost = `the rollback doesn't restore access entries that grant no access: ${listed(dead.map(({ principalArn }) => printable(principalArn)))}`;
  return [
    note('rollback', message, { help }),
    ...(dead.length === 0 ? [] : [note('dead-not-restored', lost)]),
    ...(creators.length === 0
      ? []
      : [
          warning(
            'creator-kept',
            `the rollback keeps access entries that EKS may create for the creator of ${clusterText(cluster)}: ${listed(creators)}`,
            { help: "Delete them yourself if they aren't the creator's." },
          ),
        ]),
  ];
}
