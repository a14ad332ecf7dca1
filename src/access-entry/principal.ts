import { formatArn, parseArn } from '../arn.ts';
import type { Caller } from '../aws-auth/resolve-caller.ts';
import type { Inventory, Role } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import { type Finding, type Location, note } from '../errors.ts';
import { foldKey, toLower } from '../go-strings.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';
import { printable, quoted, shellWord } from '../text.ts';

/** Why no access entry is written for an entry, and the alternative. */
export interface Refusal {
  readonly reason: string;
  readonly help: string;
  /** True if the reason includes the ARN. */
  readonly isNamed?: boolean;
  /** True if the entry is only skipped, because EKS may create the access entry itself. */
  readonly isLeftOut?: boolean;
}

/** Known paths of roles, which aws-auth doesn't contain. Nothing is guessed. */
export interface PathFacts {
  /** The provisioned roles; null if they were not read. */
  readonly inventory: Inventory | null;
  /** Other roles in IAM, by `roleArnKey`: the ARN with its path; null if the role doesn't exist. */
  readonly others: ReadonlyMap<string, string | null>;
  /** ARNs with paths of roles that were not read, by `roleArnKey`: they prove the path, not that the role exists. */
  readonly stated: ReadonlyMap<string, string>;
  /** False if the inventory is too old to conclude that a role is gone. */
  readonly isFresh: boolean;
}

/** A role with its path, or why it is missing. */
export type FoundRole =
  | { readonly kind: 'found'; readonly pathArn: string }
  /** Re-created with another suffix. */
  | { readonly kind: 'successor'; readonly role: Role; readonly readTime: ReadTime }
  /** `gone`: nobody can have the role. */
  | ({ readonly kind: 'gone' | 'unknown' } & Refusal);

/** The inventory's `others`, see `PathFacts`; an old snapshot can't prove that a role is gone. */
export function othersOf(inventory: Inventory | null, isFresh: boolean): Map<string, string | null> {
  const told = (inventory?.otherRoles ?? []).filter(({ role }) => role !== null || isFresh);
  return new Map(told.map(({ arn, role }) => [roleArnKey(arn), role?.pathArn ?? null]));
}

/** True if a role's ARN has a path. */
export function hasPath(roleArn: string): boolean {
  return roleArn.split('/').length > 2;
}

/** Looks up roles by their ARN without path, ignoring case. Roles that were read take precedence over stated paths. */
export function roleFinder(facts: PathFacts): (arn: string) => FoundRole {
  const { others, stated } = facts;
  const findProvisioned = provisionedFinder(facts);
  return (arn) => {
    const provisioned = parseProvisionedRoleArn(arn);
    const read = provisioned ? findProvisioned(provisioned) : others.get(roleArnKey(arn));
    if (read === null) {
      const reason = ReadTime.of(facts.inventory ?? {}).dated("the role doesn't exist");
      return { kind: 'gone', reason, help: REMOVE_ENTRY };
    }
    if (typeof read === 'string') return { kind: 'found', pathArn: read };
    if (read && read.kind !== 'unknown') return read;
    const pathArn = stated.get(roleArnKey(arn));
    if (pathArn !== undefined) return { kind: 'found', pathArn };
    return read ?? pathUnknown(arn, null);
  };
}

function provisionedFinder({ inventory, isFresh }: PathFacts): (role: ProvisionedRoleArn) => FoundRole {
  const facts = inventory && RoleFacts.of(inventory);
  return (provisioned) => {
    const fact = facts?.about(provisioned.roleArn);
    if (fact?.role) return { kind: 'found', pathArn: fact.role.pathArn };
    if (!fact || fact.status === 'unknown') {
      const why = fact?.account?.unreadable ?? null;
      const what = `the roles of account ${provisioned.accountId}`;
      const because = why === null ? `${what} weren't read` : `${what} couldn't be read (${printable(why)})`;
      return pathUnknown(provisioned.roleArn, because);
    }
    const { readTime, successor } = fact;
    if (!isFresh)
      return {
        kind: 'unknown',
        reason: `${ReadTime.of(inventory ?? {}).source} doesn't have the role, but is too old to conclude that the role is gone`,
        help: 'Take a new snapshot, or raise --max-age.',
      };
    return successor ? { kind: 'successor', role: successor, readTime } : goneSet(provisioned, readTime);
  };
}

/** The next step for an entry whose role is gone. */
export const REMOVE_ENTRY = 'Remove the entry: nobody has access through it.';

function goneSet({ permissionSet, accountId }: ProvisionedRoleArn, readTime: ReadTime): FoundRole {
  return {
    kind: 'gone',
    reason: readTime.dated(
      `the role is gone, and account ${accountId} has no other role of permission set ${quoted(permissionSet)}`,
    ),
    help: `Remove the entry, or assign someone the permission set in account ${accountId} and run this again.`,
  };
}

/** @param because null if the role doesn't belong to a permission set */
function pathUnknown(arn: string, because: string | null): FoundRole {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const accountId = parseArn(foldKey(arn))?.accountId;
  return {
    kind: 'unknown',
    reason: `its path is unknown${because === null ? '' : `: ${because}`}`,
    help: `Pass the ARN with its path, which credentials for account ${accountId} can read: --role-arn "$(aws iam get-role --role-name ${shellWord(name)} --query Role.Arn --output text)"`,
  };
}

/** A note on a role that was not read. */
export function unreadRole(pathArn: string, source: string, location?: Location): Finding {
  const message = `${printable(pathArn)} comes from ${source}: the role and its path weren't looked up`;
  const help =
    "EKS rejects the access entry if the role doesn't exist on this path. `aws iam get-role` shows the ARN.";
  return note('role-not-read', message, { help, location });
}

/** The options that name node roles, for messages. */
export const NODE_ROLE_OPTIONS = '--node-role or `nodeRoles`';

/** The alternative for an entry that can't become an access entry. */
export const KEEP_MODE = 'Keep authentication mode API_AND_CONFIG_MAP, where aws-auth still applies to it';

/** Why EKS accepts no access entry for a principal; undefined if it does. */
export function principalRefusal({ kind, canonicalArn }: Caller): Refusal | undefined {
  if (kind === 'federated-user')
    return {
      reason: 'EKS accepts IAM roles and users, not STS federated users',
      help: 'Have them assume a role, and map that role.',
    };
  // aws-auth has no path (/aws-service-role/), but the prefix is reserved (IAM user guide, "Service-linked roles").
  if (kind === 'role' && /:role\/awsservicerolefor/i.test(canonicalArn))
    return {
      reason: "EKS doesn't accept service-linked roles",
      help: `${KEEP_MODE}, or grant the AWS service access as its documentation describes for access entries.`,
    };
  return undefined;
}

/** The exact ARN of a user or root, whose resource type is lower-case in IAM; the authenticator ignores case. */
export function userArn(text: string): string {
  const arn = parseArn(text.replace(/^arn/i, 'arn'));
  if (!arn) return text;
  const { partition, accountId, resource } = arn;
  const exact = resource.replace(/^(?:user\/|root$)/i, toLower);
  return formatArn({
    partition: toLower(partition),
    service: 'iam',
    region: '',
    accountId,
    resource: exact,
  });
}

/**
 * The words of a resource name: permission set and account ID; for other principals `role` or `user`, name and account
 * id.
 */
type NameWords = readonly string[];

/** How a format names its resources. */
export interface NameStyle {
  readonly join: (words: NameWords) => string;
  /** False if `join` drops or changes characters of one of these words. */
  readonly keeps: (words: NameWords) => boolean;
  /** Permission sets, followed by `_`, whose names other principals or permission sets may have; default none. */
  readonly ambiguous?: RegExp;
  /** A text that no account ID contains. */
  readonly separator: string;
}

/**
 * A resource name for each principal, in their order. A role that was re-created with a new suffix keeps its name, unless
 * its words have the suffix. If characters are lost, a hash of the words makes up for them: a number by order would
 * change when others are added.
 */
export function resourceNames(
  principalArns: readonly string[],
  { join, keeps, ambiguous, separator }: NameStyle,
  wordsOf: (principalArn: string) => NameWords = nameWords,
): string[] {
  const used = new Set<string>();
  return principalArns.map((principalArn) => {
    const words = wordsOf(principalArn);
    const isAmbiguous = parseProvisionedRoleArn(principalArn) && ambiguous?.test(words.join('_'));
    const name =
      keeps(words) && !isAmbiguous ? join(words) : `${join(words)}${separator}${hashOf(words.join('/'))}`;
    // Two roles of one permission set, in an aws-auth: its first keeps the name, because new entries go to the end.
    const unique = used.has(name) ? `${name}${separator}${hashOf(principalArn)}` : name;
    used.add(unique);
    return unique;
  });
}

/** FNV-1a: https://www.rfc-editor.org/rfc/rfc9923 */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

export function nameWords(principalArn: string): NameWords {
  const provisioned = parseProvisionedRoleArn(principalArn);
  if (provisioned) return [provisioned.permissionSet, provisioned.accountId].filter(Boolean);
  const arn = parseArn(principalArn);
  const [type = '', ...path] = arn?.resource.split('/') ?? [];
  return [type, ...path.slice(-1), arn?.accountId ?? ''];
}
