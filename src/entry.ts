import leven from 'leven';
import { storedKey } from './same-arn.ts';

/** The keys of the ConfigMap that the authenticator reads. */
export const MAP_KEYS = ['mapRoles', 'mapUsers', 'mapAccounts'] as const;
export type MapKey = (typeof MAP_KEYS)[number];

/** One item of `mapRoles`, as the authenticator loads it. */
export interface Entry {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** The provisioned role behind a desired entry. */
interface EntryRole {
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSet: string;
  /** With `aws-reserved/sso.amazonaws.com/[region/]`: what access entries need. */
  readonly pathArn: string;
}

/** An entry that the mappings ask for. */
export interface DesiredEntry extends Entry {
  /** Whether the mapping states the username, or it is the default. */
  readonly usernameStated: boolean;
  /** Null for a node entry. */
  readonly role: EntryRole | null;
}

/** Keeps the first entry for each ARN, ignoring case. */
export function withoutDuplicates(entries: readonly DesiredEntry[]): DesiredEntry[] {
  const first = new Map(entries.toReversed().map((entry) => [storedKey(entry.rolearn), entry]));
  return entries.filter((entry) => first.get(storedKey(entry.rolearn)) === entry);
}

export const DEFAULT_USERNAME = 'sso:{{SessionName}}';

/** A mapping says it where EKS is to make the username of an access entry. In aws-auth it would be everybody's name. */
export const USERNAME_OF_EKS = 'default';

/** The variables that the authenticator replaces in `{{…}}`; anything else stays literal (its pkg/mapper and server). */
export const TEMPLATE_VARIABLES = [
  'AccountID',
  'SessionName',
  'SessionNameRaw',
  'AccessKeyID',
  'EC2PrivateDNSName',
] as const;

/** As they are written: `{{AccountID}}` and the others. */
export const WRITTEN_VARIABLES: readonly string[] = TEMPLATE_VARIABLES.map((name) => `{{${name}}}`);

/** Any of them, as the source of a pattern. */
export const ANY_VARIABLE = String.raw`\{\{(?:${TEMPLATE_VARIABLES.join('|')})\}\}`;

/** Whether braces are such as a template engine fills in, rather than a variable that somebody misspelled. */
export function isHelm(braces: string): boolean {
  return /^\{\{(?:-|\s*(?:[.$"(`]|\w+\s+[^\s}]|(?:end|else)\b))/.test(braces);
}

/** The name of the EC2 instance that calls; the authenticator denies access to everyone else. */
export const NODE_VARIABLE = '{{EC2PrivateDNSName}}';

/** Node entries of Fargate profiles differ; EKS adds those itself. */
export const NODE_USERNAME = 'system:node:{{EC2PrivateDNSName}}';
export const NODE_GROUPS = ['system:bootstrappers', 'system:nodes'] as const;

export type EntryField = 'rolearn' | 'userarn' | 'username' | 'groups';

/** What people write for a field, in lower case and without punctuation. */
const SYNONYMS: Readonly<Record<EntryField, readonly string[]>> = {
  rolearn: ['rolename', 'role', 'arn', 'iamrole', 'iamrolearn', 'rolearns', 'principalarn'],
  userarn: ['arn', 'iamuser', 'iamuserarn', 'userarns', 'principalarn'],
  username: ['kubernetesusername', 'k8susername', 'usernames'],
  groups: ['group', 'usergroups', 'kubernetesgroups', 'k8sgroups'],
};

/** The field of an item that a key must mean; undefined for one that is none. Keys that are right in any case are not for this. */
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
