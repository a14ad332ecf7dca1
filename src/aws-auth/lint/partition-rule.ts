import { printable } from '../../printable.ts';
import { isNodeEntry } from '../plan/node-entry.ts';
import type { Rule } from './rule.ts';
import { arnSpot } from './spot.ts';
import type { LintSubject, ListEntry } from './subject.ts';

export const mixedPartition: Rule = {
  name: 'mixed-partition',
  severity: 'error',
  fix: 'none',
  summary: 'ARNs of several partitions (aws, aws-cn, aws-us-gov …) stand side by side',
  consequence:
    'a cluster lets in callers of its own partition alone, so nobody gets in through the entries of another',
  cure: 'Write the ARN of a role in the partition of the cluster, or remove the entry.',
  *detect(subject) {
    const own = ownPartition(subject);
    for (const one of subject.entries) {
      const partition = partitionOf(one);
      if (partition === undefined || partition === own) continue;
      yield {
        spot: arnSpot(one),
        what: `${printable(one.entry.arn)} is of the partition ${partition}, and the cluster seems to be in ${own}`,
      };
    }
  },
};

/** The partition of an ARN that a caller can have, or could if it were mended. */
export function partitionOf({ entry, fault }: ListEntry): string | undefined {
  const isSound = fault === null || fault.meant !== undefined;
  return isSound && entry.sso === null
    ? (fault?.meant ?? entry.arn).split(':', 2)[1]?.toLowerCase()
    : undefined;
}

/** The partition of the cluster: that of the inventory, of the first node entry, or of most entries. */
export function ownPartition({ entries, options }: LintSubject): string | undefined {
  if (options.inventory) return options.inventory.partition;
  const counts = new Map<string, number>();
  for (const one of entries) {
    const partition = partitionOf(one);
    if (partition !== undefined) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  }
  if (counts.size < 2) return counts.keys().next().value;
  const ofNodes = entries
    .filter(({ entry }) => isNodeEntry(entry))
    .map(partitionOf)
    .find((partition) => partition);
  return ofNodes ?? [...counts].reduce((most, next) => (next[1] > most[1] ? next : most))[0];
}
