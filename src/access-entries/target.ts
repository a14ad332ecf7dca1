import type { AccessEntry } from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import type { ExistingAccessEntry } from '../inventory/model.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { compareStrings } from '../text.ts';

/** What access entries are written for. */
export interface RenderTarget {
  /** The cluster's name, which EKS could have; null where the one who uses the output says it. */
  readonly cluster: string | null;
  /** The ARN of that cluster; null where its account is not known. */
  readonly arn: string | null;
  /** Null where it is the default region of the one who uses the output. */
  readonly region: string | null;
  /** The access entries in the place of those that are written, which are dead: each is to be deleted first. */
  readonly dead: readonly Pick<ExistingAccessEntry, 'principalArn' | 'createdAt'>[];
}

/** The words of a resource's name: the permission set and account id; else whether it is a role or user, its name and account id. */
type NameWords = readonly string[];

/**
 * A resource name for each entry, in their order. A role that was re-created under a new suffix keeps it. Of names that are equal once
 * `join` has left out what a resource name cannot hold, all but the first by ARN are numbered.
 */
export function resourceNames(
  entries: readonly AccessEntry[],
  join: (words: NameWords) => string,
  separator: string,
): string[] {
  const used = new Map<string, number>();
  const names = new Map<string, string>();
  for (const arn of entries.map(({ principalArn }) => principalArn).sort(compareStrings)) {
    const name = join(nameWords(arn));
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    names.set(arn, count === 1 ? name : `${name}${separator}${count}`);
  }
  return entries.map(({ principalArn }) => names.get(principalArn) ?? '');
}

function nameWords(principalArn: string): NameWords {
  const provisioned = parseProvisionedRoleArn(principalArn);
  if (provisioned) return [provisioned.permissionSet, provisioned.accountId];
  const arn = parseArn(principalArn);
  const [type = '', ...path] = arn?.resource.split('/') ?? [];
  return [type, ...path.slice(-1), arn?.accountId ?? ''];
}
