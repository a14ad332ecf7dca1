import * as v from 'valibot';
import {
  type AccessEntry,
  defaultUsername,
  groupProblem,
  isForPeople,
  statedPolicyOf,
  writtenPolicy,
} from '../access-entry.ts';
import type { StatedPolicy } from '../access-policy-names.ts';
import { type JudgedAccessEntry, mayLive } from '../cluster/access-entry-state.ts';
import { ClusterState } from '../cluster/cluster.ts';
import { DEFAULT_USERNAME, USERNAME_OF_EKS } from '../entry.ts';
import { groupBy } from '../group-by.ts';
import type { AccountName, EksCluster, Inventory } from '../inventory/model.ts';
import { type ProvisionedRoleArn, setKey } from '../role-name.ts';
import { compareStrings, quoted } from '../text.ts';
import { mappingSchema } from './config-schema.ts';
import {
  examplesOf,
  knownRoles,
  type LeftOutAccessEntry,
  type MappedEntry,
  mappingsOf,
  type Proposal,
} from './proposal.ts';

/**
 * Proposes a config for the access entries of a cluster: mappings for Identity Center roles, with their groups and
 * policies, and `otherEntries` for the rest. Skips the entries that EKS makes itself: of nodes and service-linked
 * roles.
 */
export function proposeFromCluster(
  cluster: EksCluster,
  found: { readonly inventory: Inventory; readonly scope: ReadonlySet<string> },
): Proposal {
  const known = knownRoles(found.inventory, found.scope);
  const judged = ClusterState.of(cluster, found.inventory).judged.filter(({ entry }) => isForPeople(entry));
  const provisioned = groupBy(judged.flatMap(inScope(found.scope)), ({ role }) => setKey(role));
  const mapped: MappedEntry[] = [];
  const leftOut = new Map<JudgedAccessEntry, string>();
  for (const ofSet of provisioned.values()) {
    const chosen = chosenOf(ofSet);
    const answer = chosen ? mappedEntry(chosen) : GONE;
    if (typeof answer !== 'string') mapped.push(answer);
    for (const one of ofSet) {
      const reason = one === chosen ? answer : chosen ? OTHER_ENTRY : GONE;
      if (typeof reason === 'string') leftOut.set(one.judged, reason);
    }
  }
  const isMapped = new Set([...provisioned.values()].flat().map((one) => one.judged));
  const others = judged.flatMap((one): (LeftOutAccessEntry & { readonly isDead: boolean })[] => {
    const reason = leftOut.get(one) ?? (isMapped.has(one) ? undefined : reasonOf(one));
    return reason === undefined ? [] : [{ entry: one.entry, reason, isDead: !mayLive(one) }];
  });
  const accounts = accountsOf(mapped, known.accounts);
  const scope = accounts.map(({ id }) => id);
  return {
    accounts,
    nodeRoles: [],
    mappings: mappingsOf(mapped, scope),
    examples: examplesOf(mapped, known, scope),
    others: { listed: [], accounts: [], dead: [], deadAccounts: [] },
    accessEntries: {
      cluster: cluster.name,
      listed: others.filter(({ isDead }) => !isDead),
      dead: others.filter(({ isDead }) => isDead),
    },
  };
}

const GONE = 'is for a role that no longer exists';
const OTHER_ENTRY = 'is for a role that Identity Center has replaced';

/** An access entry of a provisioned role, with the name of the permission set. */
interface ProvisionedEntry {
  readonly judged: JudgedAccessEntry;
  readonly role: ProvisionedRoleArn;
}

function inScope(scope: ReadonlySet<string>) {
  return (judged: JudgedAccessEntry): ProvisionedEntry[] => {
    const { provisioned, successor } = judged;
    if (!provisioned || !scope.has(provisioned.accountId)) return [];
    const permissionSet = successor?.permissionSet ?? provisioned.permissionSet;
    return [{ judged, role: { ...provisioned, permissionSet } }];
  };
}

/** The entry that says what a permission set has in an account: one that works, else one whose role was re-created. */
function chosenOf(ofSet: readonly ProvisionedEntry[]): ProvisionedEntry | undefined {
  const working = ofSet.filter(({ judged }) => mayLive(judged));
  const current = working.find(({ judged }) => judged.state !== 'superseded');
  return (
    current ?? working[0] ?? ofSet.find(({ judged: { role, successor } }) => (role ?? successor) !== null)
  );
}

/** The mapping that writes an access entry unchanged; or why no mapping does. */
function mappedEntry({ judged: { entry }, role }: ProvisionedEntry): MappedEntry | string {
  const { accountId, permissionSet } = role;
  const { kubernetesGroups: groups } = entry;
  const policies = entry.policies.map(statedPolicyOf);
  const username = usernameOf(entry);
  const { issues } = v.safeParse(mappingSchema, {
    permissionSet,
    ...(groups.length > 0 ? { groups } : {}),
    ...(policies.length > 0 ? { policies: policies.map(policyItem) } : {}),
    ...(username === null ? {} : { username }),
  });
  if (groups.length + policies.length === 0) return 'has neither groups nor policies';
  if (entry.username === USERNAME_OF_EKS)
    return `has the username ${quoted(USERNAME_OF_EKS)}, which a config leaves to EKS`;
  const refused = groups.find((group) => groupProblem(group) !== undefined);
  if (refused !== undefined) return `has the group ${quoted(refused)}, but ${groupProblem(refused)}`;
  if (issues) return `can't be mapped: ${issues[0].message}`;
  return { accountId, permissionSet, username, usernameProblem: null, groups, policies };
}

/** Null for the default of mappings. */
function usernameOf({ principalArn, username }: AccessEntry): string | null {
  if (username === DEFAULT_USERNAME) return null;
  return username === null || username === defaultUsername(principalArn) ? USERNAME_OF_EKS : username;
}

function policyItem(stated: StatedPolicy) {
  const { namespaces } = stated;
  return { policy: writtenPolicy(stated), ...(namespaces === null ? {} : { namespaces }) };
}

function reasonOf({ state, provisioned }: JudgedAccessEntry): string {
  if (state === 'dead') return 'was created for an earlier role';
  if (state === 'orphan') return GONE;
  return provisioned ? 'is in an account out of scope' : "isn't an Identity Center role";
}

/** The accounts of mappings; without any, those that were read. */
function accountsOf(mapped: readonly MappedEntry[], known: readonly AccountName[]): readonly AccountName[] {
  const ids = [...new Set(mapped.map(({ accountId }) => accountId))].sort(compareStrings);
  const names = new Map(known.map((account) => [account.id, account]));
  return ids.length > 0 ? ids.map((id) => names.get(id) ?? { id, name: null }) : known;
}
