import type { AccessEntry } from '../access-entry.ts';
import { formatArn, parseArn } from '../arn.ts';
import type { Caller } from '../authenticator/resolve-caller.ts';
import { type JudgedAccessEntry, mayLive } from '../cluster/access-entry-state.ts';
import { type Finding, type Location, note } from '../errors.ts';
import { foldKey, toLower } from '../go-strings.ts';
import type { Account, Inventory, Role } from '../inventory/model.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';
import { compareStrings, printable, quoted, shellWord } from '../text.ts';

/** Why no access entry is written for something, and what to do instead. */
export interface Refusal {
  readonly reason: string;
  readonly help: string;
  /** The reason names the ARN. */
  readonly isNamed?: boolean;
  /** It need not be anybody's loss: EKS may make the access entry itself. */
  readonly isLeftOut?: boolean;
}

/** What is known of the paths of roles, which aws-auth does not hold. Nothing is guessed. */
export interface PathFacts {
  /** The provisioned roles; null where they were not read. */
  readonly inventory: Inventory | null;
  /** What IAM has of other roles, by `roleArnKey`: the ARN with its path; null: there is no such role. */
  readonly others: ReadonlyMap<string, string | null>;
  /** ARNs with their paths, by `roleArnKey`, where nothing was read of the role: they tell its path, not that it is there. */
  readonly stated: ReadonlyMap<string, string>;
  /** False where the inventory is too old to conclude that a role is gone. */
  readonly isFresh: boolean;
}

/** The role with its path, or why there is none. */
export type FoundRole =
  | { readonly kind: 'found'; readonly pathArn: string }
  /** It was re-created with another suffix. */
  | { readonly kind: 'successor'; readonly role: Role }
  /** `gone`: nobody can have the role. */
  | ({ readonly kind: 'gone' | 'unknown' } & Refusal);

/** What an inventory has of other roles, see `PathFacts`; that one is gone, no old snapshot tells. */
export function othersOf(inventory: Inventory | null, isFresh: boolean): Map<string, string | null> {
  const told = (inventory?.otherRoles ?? []).filter(({ role }) => role !== null || isFresh);
  return new Map(told.map(({ arn, role }) => [roleArnKey(arn), role?.pathArn ?? null]));
}

/**
 * What gives the path of a role that was not read, see `PathFacts`.
 * @param roleArns with their paths
 * @param nodeRoles as they are written
 * @param existing the access entries that clusters have
 */
export function statedPaths(
  roleArns: readonly string[],
  nodeRoles: readonly string[],
  existing: readonly JudgedAccessEntry[],
): Map<string, string> {
  const arns = [
    // The surest last. For aws-auth the path does not matter, so it may have been left out.
    ...nodeRoles.filter((arn) => !hasPath(arn)),
    ...existing.filter(mayLive).map(({ entry }) => entry.principalArn),
    ...nodeRoles.filter(hasPath),
    ...roleArns,
  ];
  return new Map(arns.map((arn) => [roleArnKey(arn), arn]));
}

/** Whether the ARN of a role has a path. */
export function hasPath(roleArn: string): boolean {
  return roleArn.split('/').length > 2;
}

/** Looks up roles by their ARN without path, in any case: what was read of a role comes before what is stated. */
export function roleFinder(facts: PathFacts): (arn: string) => FoundRole {
  const { others, stated } = facts;
  const findProvisioned = provisionedFinder(facts);
  return (arn) => {
    const provisioned = parseProvisionedRoleArn(arn);
    const read = provisioned ? findProvisioned(provisioned) : others.get(roleArnKey(arn));
    if (read === null) return MISSING;
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
      return pathUnknown(provisioned.roleArn, unreadReason(provisioned, fact?.account ?? null));
    }
    if (!isFresh) return TOO_OLD;
    return fact.successor ? { kind: 'successor', role: fact.successor } : goneSet(provisioned);
  };
}

const TOO_OLD: FoundRole = {
  kind: 'unknown',
  reason: 'the snapshot does not have the role, and is too old to conclude that it is gone',
  help: 'Take a new snapshot, or raise --max-age.',
};
const MISSING: FoundRole = {
  kind: 'gone',
  reason: 'the role does not exist',
  help: 'Remove the entry: nobody gets in through it.',
};

function goneSet({ permissionSet, accountId }: ProvisionedRoleArn): FoundRole {
  return {
    kind: 'gone',
    reason: `the role is gone, and account ${accountId} has no other of permission set ${quoted(permissionSet)}`,
    help: `Remove the entry, or assign someone the permission set in account ${accountId} and run this again.`,
  };
}

/** @param because null where the role is none of a permission set */
function pathUnknown(arn: string, because: string | null): FoundRole {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const accountId = parseArn(foldKey(arn))?.accountId;
  return {
    kind: 'unknown',
    reason: `its path is not known${because === null ? '' : `: ${because}`}`,
    help: `Give the ARN with its path, which credentials of account ${accountId} can read: --role-arn "$(aws iam get-role --role-name ${shellWord(name)} --query Role.Arn --output text)"`,
  };
}

function unreadReason({ accountId }: ProvisionedRoleArn, account: Account | null): string {
  const why = account?.unreadable ?? null;
  const what = `the roles of account ${accountId}`;
  return why === null ? `${what} were not read` : `${what} could not be read (${printable(why)})`;
}

/** A note on a role of which nothing was read. */
export function unreadRole(pathArn: string, source: string, location?: Location): Finding {
  const message = `${printable(pathArn)} is written as ${source} has it: whether the role is there, on this path, was not looked up`;
  const help = 'EKS refuses to create an access entry of it if not: `aws iam get-role` shows the ARN.';
  return note('role-not-read', message, { help, location });
}

/** How messages call the options that name node roles. */
export const NODE_ROLE_OPTIONS = '--node-role or `nodeRoles`';

/** What an entry needs that access entries do not have. */
export const KEEP_MODE =
  'Keep the authentication mode API_AND_CONFIG_MAP, where aws-auth still answers for it';

/** Why EKS takes no access entry of somebody; undefined where it does. */
export function principalRefusal({ kind, canonicalArn }: Caller): Refusal | undefined {
  if (kind === 'federated-user')
    return {
      reason: 'EKS takes IAM roles and users, not federated users of STS',
      help: 'Let them assume a role, and map that one.',
    };
  // The path, /aws-service-role/, is stripped in aws-auth; nobody else may use the prefix (IAM user guide, "Service-linked roles").
  if (kind === 'role' && /:role\/awsservicerolefor/i.test(canonicalArn))
    return {
      reason: 'EKS takes no service-linked roles',
      help: `${KEEP_MODE}, or give that AWS service access as its documentation says for access entries.`,
    };
  return undefined;
}

/** Of a user or of root: IAM has no path of its own for it; the authenticator takes the rest in any case. */
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
