import type { JudgedAccessEntry } from '../../access-entry/existing-entries.ts';
import { arnKind, parseArn } from '../../arn.ts';
import { arnProblem } from '../../aws-auth/diagnose-arn.ts';
import { isNodeEntry } from '../../aws-auth/groups.ts';
import type { LoadedEntry } from '../../aws-auth/loaded.ts';
import { hasVariable } from '../../aws-auth/templates.ts';
import { differenceOf, isSame } from '../../change/advice.ts';
import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { callerKey } from '../../same-arn.ts';
import { printable } from '../../text.ts';
import type { CheckContext } from '../context.ts';
import { atArn, rule } from '../rule.ts';

/**
 * The entries of aws-auth that a cluster's access entries override and grant, too. `others` are entries that the file
 * itself overrides: without the first one, they would count for the file's callers. `keptBecause` says in complete
 * sentences why the entry must stay for now; null if nobody's access depends on it.
 */
export const supersededEntries = memo((context: CheckContext) => {
  const overridden = [...context.overriddenByAccessEntry].filter(
    ([entry, { entry: accessEntry, state }]) => state !== 'dead' && isSame(differenceOf(entry, accessEntry)),
  );
  if (overridden.length === 0) return [];
  const sound = context.entries.filter((entry) => !entry.sso && !arnProblem(entry));
  const byCaller = groupBy(sound, ({ arn }) => callerKey(arn));
  return overridden.map(([entry, judged]) => {
    const others = (byCaller.get(callerKey(entry.arn)) ?? []).filter((one) => one !== entry);
    return {
      entry,
      others,
      readTime: judged.readTime,
      keptBecause: keptBecause(context, entry, others, judged),
    };
  });
});

function keptBecause(
  context: CheckContext,
  entry: LoadedEntry,
  others: readonly LoadedEntry[],
  judged: JudgedAccessEntry,
): string | null {
  const { eks, options } = context;
  if (eks?.authenticationMode === 'CONFIG_MAP')
    return 'Keep this entry: in authentication mode CONFIG_MAP, only aws-auth applies.';
  if (judged.state !== 'alive') return uncertainText(judged);
  if (options.cluster?.isGuess) return BY_NAME_ALONE;
  // https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html
  if (isNodeEntry(entry))
    return '--fix keeps entries of nodes: AWS advises against removing those that EKS created for managed node groups and Fargate. Remove others by hand, in a change that you can undo.';
  const { fewer, more, after } = differenceOf(entry, judged.entry);
  if (after.groups.some(hasVariable))
    return "--fix keeps this entry, because EKS doesn't document variables in groups of access entries.";
  if (fewer.length + more.length > 0)
    return "--fix keeps this entry, because its groups differ from the access entry's, though a cluster admin needs none. Remove it by hand if nothing else uses the groups.";
  if (others.some((one) => context.admitting.includes(one)))
    return '--fix keeps this entry, because another one has the same ARN in another case. Remove both by hand.';
  return [entry, ...others].every((one) => context.isEditable(one))
    ? null
    : '--fix keeps this entry, because it shares parts of the YAML with others. Remove it and its duplicates by hand.';
}

const BY_NAME_ALONE =
  "--fix keeps this entry, because the file's path doesn't say the account and region of its cluster. Run it alone with the cluster's ARN as --cluster, or add both to its path.";

/** Explains why the access entry might grant no access. */
function uncertainText({ entry: { principalArn, createdAt }, state }: JudgedAccessEntry): string {
  if (state === 'superseded')
    return "--fix keeps this entry, because Identity Center assigns a newer role of its permission set. The access entry's own finding has the commands.";
  const arn = parseArn(principalArn);
  const how =
    arn && arnKind(arn) === 'user'
      ? "IAM users aren't looked up."
      : `Make the roles of account ${arn?.accountId} readable, or take a new snapshot of them with --cluster.`;
  return `--fix keeps this entry: if its role or user was re-created after the access entry (created ${createdAt}), the access entry grants no access. ${how}`;
}

export const supersededEntry = rule({
  name: 'superseded-entry',
  severity: 'note',
  fix: 'safe',
  summary:
    "An access entry overrides an aws-auth entry and grants the same. `--fix` removes it with its duplicates if the access entry's role certainly exists. Needs --cluster.",
  consequence: 'this entry has no effect',
  help: 'Remove this entry, or keep it until you have migrated all of aws-auth: access stays the same either way.',
  isAboutMode: true,
  *detect(context) {
    const isIgnored = context.mode === 'API';
    // An assumed mode shows who would be locked out: nobody by these.
    if (isIgnored && context.eks?.authenticationMode !== 'API') return;
    for (const { entry, others, keptBecause, readTime } of supersededEntries(context)) {
      // In mode API, another rule reports access entries that may be dead.
      if (isIgnored && keptBecause !== null && !readTime.isOld) continue;
      const { arn, map, index } = entry;
      const details =
        keptBecause === null
          ? { fix: { kind: 'remove', map, index, others } as const }
          : { help: keptBecause };
      const what = `${printable(arn)} ${isIgnored ? 'has an' : 'is overridden by the'} access entry in ${context.clusterText}, which grants the same`;
      yield atArn(entry, what, { readTime, ...(isIgnored && ONLY_ACCESS_ENTRIES), ...details });
    }
  },
});

const ONLY_ACCESS_ENTRIES = {
  consequence: 'in authentication mode API, EKS ignores this entry',
  help: 'Remove this entry, or the whole ConfigMap once everyone in it has an access entry.',
} as const;
