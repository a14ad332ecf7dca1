import type { AccessEntry } from '../access-entry.ts';
import { identityOfEntry } from '../authenticator/resolve-caller.ts';
import type { DesiredEntry } from '../entry.ts';
import type { Finding } from '../errors.ts';
import { grantFindings, grantOf, standardEntry } from './grant.ts';
import { nodeEntry } from './nodes.ts';
import { strippedKey } from './role-path.ts';

/** What the translation of desired entries rests on. */
export interface DesiredFacts {
  readonly partition: string;
  /** The type of the nodes' entries; null: they are left out. */
  readonly nodeType: string | null;
  /** ARNs of node roles, as written: with the path. */
  readonly nodeRoles: readonly string[];
}

/** Access entries, and what there is to say of them. */
export interface Translated {
  readonly entries: readonly AccessEntry[];
  readonly findings: readonly Finding[];
}

/** Access entries for what mappings ask for, in their order. */
export function translateDesired(
  desired: readonly DesiredEntry[],
  { partition, nodeType, nodeRoles }: DesiredFacts,
): Translated {
  const pathArns = new Map(nodeRoles.toReversed().map((arn) => [strippedKey(arn), arn]));
  const entries: AccessEntry[] = [];
  const findings: Finding[] = [];
  const nodesLeftOut: string[] = [];
  for (const entry of desired) {
    if (entry.role === null) {
      const principalArn = pathArns.get(strippedKey(entry.rolearn)) ?? entry.rolearn;
      if (nodeType === null) nodesLeftOut.push(principalArn);
      else entries.push(nodeEntry(principalArn, nodeType));
      continue;
    }
    const { pathArn } = entry.role;
    const identity = identityOfEntry({ ...entry, arn: entry.rolearn });
    const grant = grantOf(identity ?? entry, partition);
    entries.push(standardEntry(pathArn, grant));
    findings.push(...grantFindings(entry.username, pathArn, grant, undefined));
  }
  return { entries, findings: [...findings, ...nodeNotes(nodesLeftOut)] };
}

function nodeNotes(arns: readonly string[]): Finding[] {
  if (arns.length === 0) return [];
  const message = `${arns.length === 1 ? 'the node role' : `${arns.length} node roles`} ${arns.slice(0, 10).join(', ')} ${arns.length === 1 ? 'is' : 'are'} left out`;
  const help =
    'EKS keeps the access entries of managed node groups and Fargate profiles itself. For self-managed nodes add --nodes.';
  return [{ severity: 'note', code: 'nodes-left-out', message, help }];
}
