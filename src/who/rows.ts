import { type GrantingEntry, policiesOf } from '../access-entry/entry.ts';
import { BY_SESSION, possibleAdminBy } from '../aws-auth/groups.ts';
import { hasVariable } from '../aws-auth/templates.ts';
import { type clusterLabels, unreadArn } from '../directory/known-clusters.ts';
import { type Inventory, type UnreadCluster, unreadText } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import type { AccessPolicy } from '../eks.ts';
import { memo } from '../memo.ts';
import type { BoundRole } from '../rbac/model.ts';
import { RISKS, type Risk } from '../rbac/ways-to-admin.ts';
import { type ClusterAccess, type OpenReason, openReason } from './cluster-access.ts';
import type { Rights } from './cluster-rights.ts';
import {
  FROM_AWS,
  grantedTo,
  type HeldEntry,
  identityOf,
  isPerson,
  NOBODY_REASONS,
  type NobodyReason,
  OF_EVERYBODY,
  type Way,
  type WayPrincipal,
} from './way.ts';

/** People may have the role through account access manager, too, whose assignments aren't read. */
const ACCOUNT_ACCESS = 'account-access' as const;

/** Who has access to which cluster. */
export interface Shown {
  readonly clusters: readonly ClusterAccess[];
  /** True if tables name the cluster. */
  readonly withCluster: boolean;
  /** True with RBAC manifests: a cluster without any then has unknown bindings. */
  readonly withBindings: boolean;
  /** Clusters that couldn't be read, through which anybody may have access. */
  readonly unread: readonly UnreadCluster[];
  /** Names a cluster: by its ARN if others share the name. */
  readonly labelOf: ReturnType<typeof clusterLabels>;
  /** The people in question; empty for everybody. The ID is empty if it is unknown. */
  readonly named: readonly WhoRow['principal'][];
  /** Null if AWS wasn't read. */
  readonly inventory: Inventory | null;
  /** The actions of --can: each row allows at least one, and shows only bindings that allow them. Null without --can. */
  readonly asked: readonly string[] | null;
}

/** A row of JSON and CSV, and, with its note, of a table. */
export interface WhoRow {
  readonly principal: Pick<WayPrincipal, 'type' | 'id' | 'name'>;
  readonly via: string | null;
  readonly accountId: string;
  readonly accountName: string | null;
  readonly permissionSet: string | null;
  /** For an access entry, its principal ARN, with the path; empty for a subject of bindings. */
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly source: GrantingEntry['source'];
  /** Only access entries have policies. */
  readonly policies: readonly AccessPolicy[];
  /** Access of the principal, or with --can, the permission. */
  readonly access: Way['status'];
  /**
   * Why nobody has access, or why that is unknown; `account-access` if people of the role aren't read; null if an account
   * wasn't read.
   */
  readonly reason:
    | NobodyReason
    | 'deleted'
    | OpenReason
    | 'cluster-unknown'
    | 'unreadable'
    | typeof ACCOUNT_ACCESS
    | null;
  readonly note: string;
  /** Null if nothing is known about them: without RBAC manifests and without access policies. */
  readonly rights: Rights | null;
  /** False without RBAC manifests: then `rights` has access policies only. */
  readonly knowsBindings: boolean;
  /** Its name, or its ARN if several clusters share the name. */
  readonly cluster: string | null;
  /** Null without EKS. */
  readonly clusterArn: string | null;
  /** Set if the cluster couldn't be read: its region, and the reason. */
  readonly unread: Pick<UnreadCluster, 'region' | 'cause' | 'detail'> | null;
  readonly asOf: string | null;
  /** The actions of --can that a role allows. */
  readonly answersOf: (bound: BoundRole) => readonly string[];
  /** The version that the rights are for, such as `1.36`; null without RBAC manifests. */
  readonly kubernetesVersion: string | null;
  /** When the data for that version was read; missing in a row of an earlier run. */
  readonly kubernetesDataDate?: string | null;
  /** The username in Kubernetes audit logs; null if it depends on the caller. */
  readonly auditUsername: string | null;
  /** Not in JSON: routes to cluster admin, without those that everyone has. */
  readonly routes: readonly AdminRoute[];
  /** Not in JSON: null if the cluster couldn't be read. */
  readonly way: HeldEntry | null;
}

/** A route to cluster admin: `may bind roles`, through `ClusterRole/ops cluster-wide`. */
export interface AdminRoute {
  readonly risk: Risk;
  readonly text: string;
  readonly through: string;
}

/** Rows of each cluster, in the order of its ways. Generated one by one: there may be very many. */
export function* rowsOf(shown: Shown): Generator<WhoRow> {
  yield* readRows(shown);
  yield* unreadRows(shown);
}

function* readRows({ clusters, withBindings, inventory, asked }: Shown): Generator<WhoRow> {
  for (const { cluster, isUnpaired, ways, subjects, rights } of clusters) {
    const common = {
      cluster: cluster.name,
      clusterArn: cluster.eks?.arn ?? null,
      unread: null,
      asOf: inventory?.capturedAt ?? null,
      answersOf: (bound: BoundRole) => rights?.answersOf(bound) ?? [],
      kubernetesVersion: rights?.knowsBindings ? rights.kubernetesVersion : null,
      kubernetesDataDate: (rights?.knowsBindings && rights.authorizer.rbac.dataDate) || null,
      knowsBindings: rights?.knowsBindings ?? false,
    };
    for (const way of [...ways, ...subjects]) {
      const isAllowed = asked !== null && rights?.allows(way) === true;
      const isEvaluated = common.knowsBindings || isAllowed || policiesOf(way.entry).length > 0;
      const own = isEvaluated ? (rights?.of(way) ?? null) : null;
      const username = way.status === 'none' ? '' : (identityOf(way)?.username ?? '');
      const row: WhoRow = {
        ...rowOf(way, own),
        ...common,
        asOf: ReadTime.of(way).at ?? common.asOf,
        auditUsername: username === '' || hasVariable(username) ? null : username,
      };
      const isGranted = row.access === 'granted';
      const isAdmin = row.routes.length > 0;
      const open = asked === null ? null : openReason(way, rights);
      if (isUnpaired && isGranted)
        // The file has no cluster: access entries and the authentication mode are unknown.
        yield {
          ...withNote(row, 'unknown: no --cluster matches this file'),
          access: 'unknown',
          reason: 'cluster-unknown',
        };
      else if (open) yield { ...row, ...OPEN[open] };
      else if (withBindings && asked === null && isGranted && !row.knowsBindings && !way.isNode && !isAdmin)
        yield withNote(row, 'bindings unknown');
      else yield row;
    }
  }
}

/**
 * For each cluster that couldn't be read, and each account and region whose clusters couldn't be listed: the people in
 * question, else its account.
 */
function* unreadRows({ unread, labelOf, named, inventory }: Shown): Generator<WhoRow> {
  for (const one of unread) {
    const { accountId, accountName, region, name, cause, detail } = one;
    const arn = unreadArn(one);
    const account = { type: 'ACCOUNT', id: accountId, name: accountId } as const;
    for (const principal of named.length > 0 ? named : [account])
      yield {
        principal: { type: principal.type, id: principal.id, name: principal.name },
        via: null,
        accountId,
        accountName,
        permissionSet: null,
        rolearn: '',
        username: '',
        groups: [],
        source: 'access-entry',
        policies: [],
        access: 'unknown',
        reason: 'unreadable',
        note: unreadText(one),
        rights: null,
        knowsBindings: false,
        cluster: name === null || arn === null ? null : labelOf({ name, arn }),
        clusterArn: arn,
        unread: { region, cause, detail },
        asOf: inventory?.capturedAt ?? null,
        answersOf: () => [],
        kubernetesVersion: null,
        kubernetesDataDate: null,
        auditUsername: null,
        routes: [],
        way: null,
      };
  }
}

/** For a principal that --can can't exclude. */
const OPEN = {
  'access-policy': {
    access: 'unknown',
    reason: 'access-policy',
    note: "unknown: the policy's rules aren't known",
  },
  'bindings-unknown': {
    access: 'unknown',
    reason: 'bindings-unknown',
    note: 'unknown: no RBAC manifests',
  },
} as const satisfies Readonly<Record<OpenReason, Partial<WhoRow>>>;

function withNote(row: WhoRow, note: string): WhoRow {
  return { ...row, note: [row.note, note].filter(Boolean).join('; ') };
}

/** Without a principal, the row names the role instead. */
function rowOf(way: Way<GrantingEntry>, rights: Rights | null) {
  const { entry, principal, via, accountId, accountName, permissionSet, status } = way;
  const name = entry.arn.slice(entry.arn.lastIndexOf('/') + 1);
  const by = status === 'none' ? null : possibleAdminBy(grantedTo(way));
  const routes = by === null ? (rights?.risks ?? NO_ROUTES) : routesBy(by);
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
    reason: reasonOf(way) ?? (way.hasAccountAccess ? ACCOUNT_ACCESS : null),
    note: noteOn(way, routes, by === null ? rights : null),
    routes,
    way,
    rights,
  };
}

/** Why a route grants no access; null if it does, or if that is unknown. */
function reasonOf({ status, principal, nobody }: Way<GrantingEntry>): NobodyReason | 'deleted' | null {
  if (status !== 'none') return null;
  return isPerson(principal) ? 'deleted' : nobody;
}

/** @param rights null if a name alone makes it cluster admin */
function noteOn(way: Way<GrantingEntry>, routes: readonly AdminRoute[], rights: Rights | null): string {
  const reason = reasonOf(way);
  if (reason) {
    const text = reason === 'deleted' ? 'deleted' : NOBODY_REASONS[reason];
    return FROM_AWS.has(reason) ? ReadTime.of(way).dated(text) : text;
  }
  const [first, ...others] = rights?.risksOfEverybody.map(({ text }) => text) ?? [];
  const ofEverybody = first === undefined ? [] : [OF_EVERYBODY + first, ...others];
  const admin = [...routes.map(({ text }) => text), ...ofEverybody].join('; ');
  if (way.status === 'unknown') return [admin, 'unknown'].filter(Boolean).join('; ');
  const { entry } = way;
  if (entry.source === 'binding') return [admin, entry.holders].filter(Boolean).join('; ');
  const people = way.hasAccountAccess ? 'account access manager: people not read' : '';
  return [admin || (way.isNode ? 'nodes' : ''), people].filter(Boolean).join('; ');
}

const NO_ROUTES: readonly AdminRoute[] = [];

/** The route of a group or access policy that grants cluster admin without a binding; shared by all who have it. */
const routesBy = memo((through: string): readonly AdminRoute[] => {
  const text = through === BY_SESSION ? 'cluster admin through a session name' : RISKS['cluster-admin'];
  return [{ risk: 'cluster-admin', text, through }];
});
