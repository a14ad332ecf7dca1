import type { AccessPolicy } from '../access-entry.ts';
import { formatArn, PARTITIONS, parseArn, roleArn, stripPath } from '../arn.ts';
import { type MapKey, NODE_VARIABLE } from '../entry.ts';
import { toLower } from '../go-strings.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import type { GivenNames, LoadedAccounts, LoadedEntry, LoadedMaps } from './loaded.ts';

/** Somebody who calls the cluster, as the authenticator knows them. */
export interface Caller {
  readonly kind: 'role' | 'user' | 'root' | 'federated-user';
  /** As it was given. */
  readonly arn: string;
  /** What entries are compared with: of a session, the ARN of its role. */
  readonly canonicalArn: string;
  readonly accountId: string;
  /** Empty for whoever is no session of a role; null where only the role is known. */
  readonly sessionName: string | null;
}

/**
 * The caller with an ARN that STS says (its pkg/arn, `Canonicalize`; for the session name pkg/token, `getIdentityFromSTSResponse`), or
 * that IAM does: STS leaves out the path of a role. Undefined for any other string.
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
      // The session name comes behind a colon, which it may not hold itself.
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

/** As whom a caller gets in, and a request comes to the API server. */
export interface KubernetesIdentity {
  readonly username: string;
  readonly groups: readonly string[];
  /** Of an access entry. EKS evaluates them itself: of these, only the one for cluster administrators is known here. */
  readonly policies?: readonly AccessPolicy[];
}

/** Where a caller is found: in a key of aws-auth, or among the access entries of the cluster. */
export type CallerSource = MapKey | 'accessEntries';

/** What the authenticator finds for a caller. */
export interface CallerMatch {
  readonly map: MapKey;
  /** Null in mapAccounts, where an account is listed. */
  readonly entry: LoadedEntry | null;
  /** Null where access is denied, since the entry is for EC2 instances alone. */
  readonly identity: KubernetesIdentity | null;
}

/** The maps in the order in which the authenticator asks them for a caller; the first that knows the ARN wins (its pkg/mapper/configmap, `Map`). */
export const CALLER_ORDER = ['mapRoles', 'mapUsers'] as const;

/**
 * Looks a caller up: in mapRoles, then in mapUsers, then the account in mapAccounts (its pkg/server, `doMapping`).
 * @returns nothing where the caller does not get in; of several matches one counts, by chance
 */
export function resolveCaller(caller: Caller, maps: LoadedMaps, mapAccounts: LoadedAccounts): CallerMatch[] {
  // It lower-cases the caller's ARN first.
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

/** An id of an EC2 instance, old or new (its pkg/server). */
const INSTANCE_ID = /^i-(?:\w{8}|\w{17})$/;

/** What an entry gives, with variables; of an access entry also policies. */
type Templates = GivenNames & Pick<KubernetesIdentity, 'policies'>;

/** Fills in the variables (its pkg/server, `renderTemplates`); those whose value is not known here stay. Null where access is denied. */
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
 * As whom people get in through an entry, as far as it tells: whoever assumes a role chooses the name of the session, so that stays a
 * variable. Of an entry whose ARN is none, all variables stay.
 */
export function identityOfEntry(entry: Templates & Pick<LoadedEntry, 'arn'>): KubernetesIdentity | null {
  // The authenticator compares without regard to case.
  const caller = parseCaller(callerKey(entry.arn));
  if (!caller) return withPolicies({ username: entry.username, groups: entry.groups ?? [] }, entry.policies);
  const { accountId, kind } = caller;
  return renderIdentity(entry, { accountId, sessionName: kind === 'role' ? null : '' });
}

function withPolicies(
  identity: KubernetesIdentity,
  policies: KubernetesIdentity['policies'],
): KubernetesIdentity {
  return policies ? { ...identity, policies } : identity;
}

function render(
  template: string,
  { accountId, sessionName }: Pick<Caller, 'accountId' | 'sessionName'>,
): string {
  const withAccount = template.replaceAll('{{AccountID}}', () => accountId);
  if (sessionName === null) return withAccount;
  return withAccount
    .replaceAll('{{SessionName}}', () => sessionName.replaceAll('@', '-'))
    .replaceAll('{{SessionNameRaw}}', () => sessionName);
}

/** Whether no EC2 instance has an ARN: it is of a role that Identity Center provisioned, or of no role at all. Other roles may be anybody's. */
export function cannotBeNode({ arn }: Pick<LoadedEntry, 'arn'>): boolean {
  const key = callerKey(arn);
  return NO_ROLE.test(key) || parseProvisionedRoleArn(key) !== undefined;
}

const NO_ROLE = /^arn:[^:]*:(?:iam::[^:]*:(?:user\/|root$)|sts::[^:]*:federated-user\/)/;

/** Whether the authenticator denies access through an entry: it looks for an EC2 instance of the caller's name, and there is none. */
export function isDenied(entry: Pick<LoadedEntry, 'arn' | 'username' | 'groups'>): boolean {
  return isForInstances(entry) && cannotBeNode(entry);
}

/** Whether the authenticator lets only EC2 instances in through an entry. */
export function isForInstances({ username, groups }: GivenNames): boolean {
  return [username, ...(groups ?? [])].some((name) => name.includes(NODE_VARIABLE));
}
