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
  const first = new Map(entries.toReversed().map((entry) => [entry.rolearn.toLowerCase(), entry]));
  return entries.filter((entry) => first.get(entry.rolearn.toLowerCase()) === entry);
}

export const DEFAULT_USERNAME = 'sso:{{SessionName}}';

/** The variables that the authenticator replaces in `{{…}}`; anything else stays literal (its pkg/mapper and server). */
export const TEMPLATE_VARIABLES = [
  'AccountID',
  'SessionName',
  'SessionNameRaw',
  'AccessKeyID',
  'EC2PrivateDNSName',
] as const;

/** The name of the EC2 instance that calls; the authenticator denies access to everyone else. */
export const NODE_VARIABLE = '{{EC2PrivateDNSName}}';

/** Node entries of Fargate profiles differ; EKS adds those itself. */
export const NODE_USERNAME = 'system:node:{{EC2PrivateDNSName}}';
export const NODE_GROUPS = ['system:bootstrappers', 'system:nodes'] as const;
