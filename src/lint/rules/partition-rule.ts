import { callerKey } from '../../authenticator/caller-order.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import { printable } from '../../text.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnSpot } from '../spot.ts';
import type { LintSubject, ListEntry } from '../subject.ts';

export const mixedPartition: Rule = {
  name: 'mixed-partition',
  severity: 'error',
  fix: 'none',
  summary:
    'ARNs are of several partitions (aws, aws-cn, aws-us-gov …); an error with --aws or --inventory, which know that of the cluster',
  consequence:
    'a cluster lets in callers of its own partition alone, so nobody gets in through the entries of another',
  help: 'Write the ARN of a role in the partition of the cluster, or remove the entry.',
  *detect(subject) {
    const byPartition = entriesByPartition(subject);
    const { inventory } = subject.options;
    if (!inventory && byPartition.size < 2) return;
    const nodes = partitionOfNodes(subject);
    for (const [partition, entries] of byPartition) {
      const own = inventory?.partition ?? nodes;
      if (own === undefined) yield* undecided(partition, entries, byPartition);
      else if (partition !== own) yield* strangers(partition, entries, own, inventory !== undefined);
    }
  },
};

function entriesByPartition({ entries }: LintSubject): Map<string, ListEntry[]> {
  const byPartition = new Map<string, ListEntry[]>();
  for (const one of entries) {
    const partition = partitionOf(one);
    if (partition === undefined) continue;
    const found = byPartition.get(partition);
    if (found) found.push(one);
    else byPartition.set(partition, [one]);
  }
  return byPartition;
}

/** The partition of an ARN that a caller can have, or could if it were fixed. */
function partitionOf({ entry, fault }: ListEntry): string | undefined {
  const isSound = fault === null || fault.meant !== undefined;
  return isSound && entry.sso === null ? callerKey(fault?.meant ?? entry.arn).split(':', 2)[1] : undefined;
}

/** Nodes are in the partition of their cluster; undefined where there are none, or in several. */
function partitionOfNodes({ entries }: LintSubject): string | undefined {
  const partitions = new Set(
    entries.flatMap((one) => (isNodeEntry(one.entry) ? (partitionOf(one) ?? []) : [])),
  );
  return partitions.size === 1 ? partitions.values().next().value : undefined;
}

function* strangers(
  partition: string,
  entries: readonly ListEntry[],
  own: string,
  isKnown: boolean,
): Generator<Detection> {
  for (const one of entries)
    yield {
      spot: arnSpot(one),
      what: `${printable(one.entry.arn)} is of the partition ${partition}, and the cluster ${isKnown ? 'is' : 'seems to be'} in ${own}`,
      ...(!isKnown && { severity: 'warning' }),
    };
}

/** Where nothing tells the partition of the cluster: once for each. */
function* undecided(
  partition: string,
  [first, ...more]: readonly ListEntry[],
  all: ReadonlyMap<string, unknown>,
): Generator<Detection> {
  if (!first) return;
  const others = [...all.keys()].filter((other) => other !== partition).join(', ');
  const count = more.length === 0 ? '' : `, like ${more.length} more`;
  yield {
    spot: arnSpot(first),
    what: `${printable(first.entry.arn)} is of the partition ${partition}${count}, and other entries are of ${others}`,
    severity: 'warning',
  };
}
