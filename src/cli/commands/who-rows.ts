import { type ClusterAccess, openPolicies } from '../../access/cluster-access.ts';
import type { Rights } from '../../access/cluster-rights.ts';
import { NOBODY_REASONS } from '../../access/findings.ts';
import {
  auditUsername,
  grantedTo,
  type NobodyReason,
  reasonOf,
  type Way,
  type WayPrincipal,
} from '../../access/who-gets-in.ts';
import type { AccessPolicy } from '../../access-entry.ts';
import { BY_SESSION, possibleAdminBy } from '../../authenticator/groups.ts';
import { type Entry, policiesOf } from '../../cluster/entry.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { BoundRole } from '../../rbac/model.ts';

/** Who gets into which cluster. */
export interface Shown {
  readonly clusters: readonly ClusterAccess[];
  /** Whether tables name the cluster. */
  readonly withCluster: boolean;
  /** Null where AWS was not read. */
  readonly inventory: Inventory | null;
  /** What all of them are allowed at least one of: then the bindings are those that allow it. Null where nothing was asked. */
  readonly asked: readonly string[] | null;
}

/** A row of JSON and CSV; with a note for those who read, of a table too. */
export interface WhoRow {
  readonly principal: Pick<WayPrincipal, 'type' | 'id' | 'name'>;
  readonly via: string | null;
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSet: string | null;
  /** Of an access entry, its principal ARN, with the path. */
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly source: Entry['source'];
  /** Of an access entry. */
  readonly policies: readonly AccessPolicy[];
  /** Whether the principal gets in, or may what was asked; `unknown` where it is not known who does. */
  readonly access: Way['status'];
  /** Why nobody gets in, or why it is not known; null where an account was not read. */
  readonly reason: NobodyReason | 'deleted' | 'access-policy' | 'cluster-unknown' | null;
  readonly note: string;
  /** Null where no RBAC manifests are known. */
  readonly rights: Rights | null;
  readonly cluster: string | null;
  readonly asOf: string | null;
  /** What of the question a role allows. */
  readonly answersOf: (bound: BoundRole) => readonly string[];
  /** By which the rights are judged, `1.36`; null where no RBAC manifests are known. */
  readonly kubernetesVersion: string | null;
  /** As audit logs of Kubernetes have it; null where it depends on who calls. */
  readonly auditUsername: string | null;
}

/** Marks what everybody has who gets in. */
export const EVERYBODY = 'everybody: ';

/** Cluster by cluster, in the order of their ways. Made one by one: there may be very many. */
export function* rowsOf({ clusters, inventory, asked }: Shown): Generator<WhoRow> {
  for (const { cluster, isUnpaired, ways, rights } of clusters) {
    const common = {
      cluster: cluster.name,
      asOf: inventory?.capturedAt ?? null,
      answersOf: (bound: BoundRole) => rights?.answersOf(bound) ?? [],
      kubernetesVersion: rights?.kubernetesVersion ?? null,
    };
    for (const way of ways) {
      const row = { ...rowOf(way, rights?.of(way) ?? null), ...common, auditUsername: auditUsername(way) };
      const isOpen = asked !== null && openPolicies(way, rights).length > 0;
      const unpaired = { ...UNPAIRED, note: [row.note, UNPAIRED.note].filter(Boolean).join('; ') };
      yield { ...row, ...(isOpen && OPEN), ...(isUnpaired && row.access === 'granted' && unpaired) };
    }
  }
}

/** Of whom an access policy may allow what was asked. */
const OPEN = {
  access: 'unknown',
  reason: 'access-policy',
  note: 'not known: an access policy may allow it',
} as const satisfies Partial<WhoRow>;

/** By an aws-auth of which it is not known whether access entries, or the mode, count besides. */
const UNPAIRED = {
  access: 'unknown',
  reason: 'cluster-unknown',
  note: 'not known: no cluster asked for is of this file',
} as const satisfies Partial<WhoRow>;

/** Without a principal, the role itself stands for those whom it does not let in. */
function rowOf(way: Way, rights: Rights | null) {
  const { entry, principal, via, accountId, accountName, permissionSet, status } = way;
  const name = entry.arn.slice(entry.arn.lastIndexOf('/') + 1);
  const { type, id, name: ownName } = principal ?? ({ type: 'IAM_ROLE', id: entry.id, name } as const);
  return {
    principal: { type, id, name: ownName },
    via: via?.name ?? null,
    accountId,
    accountName,
    permissionSet,
    rolearn: entry.id,
    username: entry.username,
    groups: entry.groups,
    source: entry.source,
    policies: policiesOf(entry),
    access: status,
    reason: reasonOf(way),
    note: noteOn(way, rights),
    rights,
  };
}

function noteOn(way: Way, rights: Rights | null): string {
  const reason = reasonOf(way);
  if (reason) return reason === 'deleted' ? 'deleted' : NOBODY_REASONS[reason];
  const admin = adminNote(way, rights);
  if (way.status === 'unknown') return [admin, 'unknown'].filter(Boolean).join('; ');
  return admin || (way.isNode ? 'nodes' : '');
}

/** What makes somebody an administrator, or nearly so. */
function adminNote(way: Way, rights: Rights | null): string {
  const by = possibleAdminBy(grantedTo(way));
  if (by !== null) return by === BY_SESSION ? 'cluster admin by a session name' : 'cluster admin';
  const own = rights?.risks.map(({ text }) => text) ?? [];
  const [first, ...others] = rights?.risksOfEverybody.map(({ text }) => text) ?? [];
  return [...own, ...(first === undefined ? [] : [EVERYBODY + first]), ...others].join('; ');
}
