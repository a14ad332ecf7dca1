import { formatArn, PARTITIONS, parseArn, roleArn, stripPath } from '../arn.ts';
import type { AccessPolicy } from '../eks.ts';
import { toLower } from '../go-strings.ts';
import { type MapKey, NODE_VARIABLE } from '../map-entry.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import type { GivenNames, LoadedAccounts, LoadedEntry, LoadedMaps } from './loaded.ts';
import { hasVariable } from './templates.ts';

/** A caller of the cluster, as the authenticator identifies them. */
export interface Caller {
  readonly kind: 'role' | 'user' | 'root' | 'federated-user';
  /** As specified. */
  readonly arn: string;
  /** The ARN that entries are compared with: for a session, the ARN of its role. */
  readonly canonicalArn: string;
  readonly accountId: string;
  /** Empty if the caller is not a role session; null if only the role is known. */
  readonly sessionName: string | null;
}

/**
 * Parses an ARN as returned by STS (its pkg/arn, `Canonicalize`; for the session name pkg/token,
 * `getIdentityFromSTSResponse`) or by IAM; STS omits the path of a role. Undefined for any other string.
 */
export function parseCaller(text: string): Caller | undefined {
  const arn = parseArn(text);
  if (!arn || !PARTITIONS.includes(arn.partition)) return undefined;
  const { partition, accountId, service, resource } = arn;
  const [type, ...path] = resource.split('/');
  const known = { arn: text, canonicalArn: text, accountId, sessionName: '' };
  switch (`${service} ${type}`) {
    case 'sts assumed-role': {
      const [role, sessionName = ''] = [path.slice(0, -1).join('/'), path.at(-1)];
      // The authenticator puts the session name after a colon, so it can't contain one.
      if (path.length < 2 || sessionName.includes(':')) return undefined;
      return { ...known, kind: 'role', canonicalArn: roleArn(partition, accountId, role), sessionName };
    }
    case 'iam role':
      return { ...known, kind: 'role', canonicalArn: formatArn(stripPath(arn)), sessionName: null };
    case 'sts federated-user':
      return { ...known, kind: 'federated-user' };
    case 'iam user':
      return { ...known, kind: 'user' };
    case 'iam root':
      return { ...known, kind: 'root' };
    default:
      return undefined;
  }
}

/** A caller's identity in Kubernetes, as the API server sees it. */
export interface KubernetesIdentity {
  readonly username: string;
  readonly groups: readonly string[];
  /** The policies of an access entry; rbac/access-policies.ts has what they allow. */
  readonly policies?: readonly AccessPolicy[];
}

/** Where a caller is found: in a key of aws-auth, or in the cluster's access entries. */
export type CallerSource = MapKey | 'accessEntries';

/** A match that the authenticator finds for a caller. */
export interface CallerMatch {
  readonly map: MapKey;
  /** Null for mapAccounts, which lists accounts. */
  readonly entry: LoadedEntry | null;
  /** Null if access is denied because the entry is for EC2 instances only. */
  readonly identity: KubernetesIdentity | null;
}

/**
 * The maps in the order in which the authenticator searches them for a caller; the first that has the ARN wins (its
 * pkg/mapper/configmap, `Map`).
 */
export const CALLER_ORDER = ['mapRoles', 'mapUsers'] as const;

/**
 * Looks up a caller: in mapRoles, then in mapUsers, then its account in mapAccounts (its pkg/server, `doMapping`).
 * @returns nothing if the caller has no access; if several entries match, a random one takes effect
 */
export function resolveCaller(caller: Caller, maps: LoadedMaps, mapAccounts: LoadedAccounts): CallerMatch[] {
  // The authenticator lower-cases the caller's ARN first.
  const key = callerKey(toLower(caller.canonicalArn));
  for (const map of CALLER_ORDER) {
    const found = maps[map].entries.filter(
      ({ arn, sso, shadowed }) => !shadowed && !sso && callerKey(arn) === key,
    );
    if (found.length > 0)
      return found.map((entry) => ({ map, entry, identity: renderIdentity(entry, caller) }));
  }
  if (!mapAccounts.entries.includes(caller.accountId)) return [];
  return [{ map: 'mapAccounts', entry: null, identity: { username: caller.canonicalArn, groups: [] } }];
}

/** An EC2 instance ID, old or new (its pkg/server). */
const INSTANCE_ID = /^i-(?:\w{8}|\w{17})$/;

/** The username and groups of an entry, with variables; for an access entry, also its policies. */
type Templates = GivenNames & Pick<KubernetesIdentity, 'policies'>;

/**
 * Fills in the variables (its pkg/server, `renderTemplates`) and keeps those whose value is unknown. Null if access
 * is denied.
 */
export function renderIdentity(
  { username, groups, policies }: Templates,
  caller: Pick<Caller, 'accountId' | 'sessionName'>,
): KubernetesIdentity | null {
  const templates = [username, ...(groups ?? [])];
  if (
    isForInstances({ username, groups }) &&
    caller.sessionName !== null &&
    !INSTANCE_ID.test(caller.sessionName)
  )
    return null;
  const [name = '', ...names] = templates.map((template) => render(template, caller));
  return withPolicies({ username: name, groups: names }, policies);
}

/**
 * The identity that an entry assigns, as far as it is known: callers who assume a role choose the session name, so
 * that stays a variable. If the entry's ARN is invalid, all variables stay.
 */
export function identityOfEntry(entry: Templates & Pick<LoadedEntry, 'arn'>): KubernetesIdentity | null {
  // The authenticator ignores case.
  const caller = parseCaller(callerKey(entry.arn));
  if (!caller) return withPolicies({ username: entry.username, groups: entry.groups ?? [] }, entry.policies);
  const { accountId, kind } = caller;
  return renderIdentity(entry, { accountId, sessionName: kind === 'role' ? null : '' });
}

function withPolicies(
  { username, groups }: KubernetesIdentity,
  policies: KubernetesIdentity['policies'],
): KubernetesIdentity {
  return policies ? { username, groups, policies } : { username, groups };
}

function render(
  template: string,
  { accountId, sessionName }: Pick<Caller, 'accountId' | 'sessionName'>,
): string {
  // Fast path: most names have no variables.
  if (!hasVariable(template)) return template;
  const withAccount = template.replaceAll('{{AccountID}}', () => accountId);
  if (sessionName === null) return withAccount;
  return withAccount
    .replaceAll('{{SessionName}}', () => sessionName.replaceAll('@', '-'))
    .replaceAll('{{SessionNameRaw}}', () => sessionName);
}

/**
 * True if no EC2 instance can have an ARN: it names a role that Identity Center provisioned, or no role. Other roles
 * may be anyone's.
 */
export function cannotBeNode({ arn }: Pick<LoadedEntry, 'arn'>): boolean {
  const key = callerKey(arn);
  return NO_ROLE.test(key) || parseProvisionedRoleArn(key) !== undefined;
}

const NO_ROLE = /^arn:[^:]*:(?:iam::[^:]*:(?:user\/|root$)|sts::[^:]*:federated-user\/)/;

/**
 * True if the authenticator denies all access through an entry: it looks for an EC2 instance with the caller's name,
 * which can't exist.
 */
export function isDenied(entry: Pick<LoadedEntry, 'arn' | 'username' | 'groups'>): boolean {
  return isForInstances(entry) && cannotBeNode(entry);
}

/** True if an entry grants access only to EC2 instances. */
export function isForInstances({ username, groups }: GivenNames): boolean {
  return [username, ...(groups ?? [])].some((name) => name.includes(NODE_VARIABLE));
}
