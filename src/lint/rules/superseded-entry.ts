import { printable } from '../../text.ts';
import { atArn, rule } from '../rule.ts';
import { supersededEntries } from '../superseded.ts';

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
