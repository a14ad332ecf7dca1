import leven from 'leven';
import type { StatedPolicy } from './access-policy.ts';
import { storedKey } from './same-arn.ts';

/** The keys of the ConfigMap that the authenticator reads. */
export const MAP_KEYS = ['mapRoles', 'mapUsers', 'mapAccounts'] as const;
export type MapKey = (typeof MAP_KEYS)[number];

/** An entry of `mapRoles` that the mappings ask for. */
export interface DesiredEntry {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
  /** True if the mapping sets the username. */
  readonly usernameStated: boolean;
  /** For access entries alone: aws-auth has no access policies. */
  readonly accessPolicies?: readonly StatedPolicy[];
  /** The provisioned role; null for a node entry. */
  readonly role: {
    readonly accountId: string;
    readonly accountName: string | null;
    readonly permissionSet: string;
    /** The ARN with the path `aws-reserved/sso.amazonaws.com/[region/]`, which access entries need. */
    readonly pathArn: string;
  } | null;
}

/** Keeps the first entry for each ARN, ignoring case. */
export function withoutDuplicates(entries: readonly DesiredEntry[]): DesiredEntry[] {
  const first = new Map(entries.toReversed().map((entry) => [storedKey(entry.rolearn), entry]));
  return entries.filter((entry) => first.get(storedKey(entry.rolearn)) === entry);
}

export const DEFAULT_USERNAME = 'sso:{{SessionName}}';

/**
 * In a mapping, leaves the username of the access entry to EKS. In aws-auth it would be the username of every caller.
 */
export const USERNAME_OF_EKS = 'default';

/** The variables that the authenticator replaces in `{{…}}`; anything else stays literal (its pkg/mapper and server). */
const TEMPLATE_VARIABLES = [
  'AccountID',
  'SessionName',
  'SessionNameRaw',
  'AccessKeyID',
  'EC2PrivateDNSName',
] as const;

/** With their braces, such as `{{AccountID}}`. */
export const WRITTEN_VARIABLES: readonly string[] = TEMPLATE_VARIABLES.map((name) => `{{${name}}}`);

/** The source of a regular expression that matches any of them. */
export const ANY_VARIABLE = String.raw`\{\{(?:${TEMPLATE_VARIABLES.join('|')})\}\}`;

/** True if the braces look like a Helm template rather than a misspelled variable. */
export function isHelm(braces: string): boolean {
  return /^\{\{(?:-|\s*(?:[.$"(`]|\w+\s+[^\s}]|(?:end|else)\b))/.test(braces);
}

/** The name of the calling EC2 instance; the authenticator denies access to everyone else. */
export const NODE_VARIABLE = '{{EC2PrivateDNSName}}';

/** For EC2 nodes. Node entries of Fargate profiles differ; EKS adds those itself. */
export const NODE_USERNAME = 'system:node:{{EC2PrivateDNSName}}';
export const NODE_GROUPS = ['system:bootstrappers', 'system:nodes'] as const;

export type EntryField = 'rolearn' | 'userarn' | 'username' | 'groups';

/** Common mistakes for a field name, in lower case and without punctuation. */
const SYNONYMS: Readonly<Record<EntryField, readonly string[]>> = {
  rolearn: ['rolename', 'role', 'arn', 'iamrole', 'iamrolearn', 'rolearns', 'principalarn'],
  userarn: ['arn', 'iamuser', 'iamuserarn', 'userarns', 'principalarn'],
  username: ['kubernetesusername', 'k8susername', 'usernames'],
  groups: ['group', 'usergroups', 'kubernetesgroups', 'k8sgroups'],
};

/**
 * The field that a wrong key must mean; undefined if it is not clear. Do not ask for keys that are right in any case.
 */
export function meantField(key: string, fields: readonly EntryField[]): EntryField | undefined {
  const plain = plainOf(key);
  if (plain.length < 3) return undefined;
  return (
    fields.find((field) => SYNONYMS[field].includes(plain)) ?? fields.find((field) => isNear(plain, field))
  );
}

/** The key of `data` that a misspelled one must mean. */
export function meantMapKey(key: string): MapKey | undefined {
  const plain = plainOf(key);
  return MAP_KEYS.find((known) => isNear(plain, known.toLowerCase()));
}

function isNear(one: string, other: string): boolean {
  return Math.abs(one.length - other.length) <= 2 && leven(one, other) <= 2;
}

function plainOf(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, '');
}
