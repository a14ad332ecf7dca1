import type { AdminRoute } from '../../access/who-rows.ts';
import { type AccessPolicy, policyName } from '../../access-entry.ts';
import { type BoundRole, boundRoleText } from '../../rbac/model.ts';
import { RISKS } from '../../rbac/ways.ts';
import type { PageCluster, RowTable } from '../data.ts';
import { at, type PageRows } from '../decode.ts';
import { changedPeople } from './changed-people.ts';
import {
  accessLabel,
  accountLabel,
  adminLabel,
  becameLabel,
  changedLabel,
  changeLabel,
  clusterLabel,
  kindLabel,
  nodeLabel,
  PEOPLE_UNKNOWN,
  personLabel,
  reasonLabel,
  riskLabel,
  runLabel,
  sourceLabel,
  throughLabel,
} from './facet-labels.ts';
import { personValue } from './person-value.ts';
import { adminState, newAdmins } from './summary/new-admins.ts';

export { personValue };

/**
 * A property of rows to filter by. Its values depend on one table only, so they are computed once for all rows that share
 * them. They stand in addresses that people send, so what a value means must not change.
 */
export interface Facet<Key extends string = string> {
  readonly key: Key;
  readonly label: string;
  readonly table: RowTable;
  /**
   * The values of a row, possibly none.
   * @param index in `table`
   */
  readonly values: (rows: PageRows, index: number) => readonly string[];
  /** A value in words; also one that no row has, from another page's address. Without it, the value itself. */
  readonly labelOf?: (rows: PageRows, value: string) => string;
  /** Sorts the values where another order than that of their labels means something: lower ranks first. */
  readonly rank?: (value: string) => number;
  /** Explains it in a sentence or two to readers who know AWS, not Kubernetes. */
  readonly hint?: string;
  /** False for a facet that the page offers only under "More filters". */
  readonly isCommon: boolean;
}

function facet<Key extends string>(definition: Facet<Key>): Facet<Key> {
  return definition;
}

/** In the order in which the page offers them. */
export const FACETS = [
  facet({
    key: 'change',
    label: 'Change',
    table: 'changes',
    values: (rows, index) =>
      rows.data.since === null ? [] : [rows.data.tables.changes[index]?.kind ?? 'unchanged'],
    rank: rankIn(['new', 'changed', 'gone', 'unchanged']),
    labelOf: changeLabel,
    isCommon: true,
  }),
  facet({
    key: 'run',
    label: 'Rows of',
    table: 'changes',
    values: (rows, index) => {
      if (rows.data.since === null) return [];
      // A row of both runs says what differs.
      const { kind, before = [] } = rows.data.tables.changes[index] ?? {};
      return [kind === 'gone' && before.length === 0 ? 'earlier' : 'this'];
    },
    labelOf: runLabel,
    isCommon: false,
  }),
  facet({
    key: 'changed',
    label: 'Access since then',
    table: 'principals',
    values: (rows, index) =>
      rows.data.since === null ? [] : present(changedPeople(rows).get(personValue(rows.principal(index)))),
    labelOf: changedLabel,
    rank: rankIn(['new', 'gone', 'changed']),
    hint: 'What became of the whole access of a person or group since the earlier run.',
    isCommon: false,
  }),
  facet({
    key: 'became',
    label: 'Became',
    table: 'principals',
    values: (rows, index) =>
      rows.data.since === null ? [] : present(newAdmins(rows).get(personValue(rows.principal(index)))),
    labelOf: becameLabel,
    rank: rankIn(['admin', 'route']),
    hint: 'Who has become cluster admin since the earlier run, or can newly become one.',
    isCommon: false,
  }),
  facet({
    key: 'person',
    label: 'Person or group',
    table: 'principals',
    values: (rows, index) => [personValue(rows.principal(index))],
    labelOf: personLabel,
    // People before roles and users of IAM.
    rank: (value) => Number(!/^(?:USER|GROUP)\//.test(value)),
    isCommon: true,
  }),
  facet({
    key: 'kind',
    label: 'Kind',
    table: 'principals',
    values: (rows, index) => [rows.principal(index).type],
    labelOf: kindLabel,
    isCommon: false,
  }),
  facet({
    key: 'via',
    label: 'Through group',
    table: 'vias',
    values: (rows, index) => present(rows.via(index)),
    isCommon: false,
  }),
  facet({
    key: 'account',
    label: 'Account',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).accountId),
    labelOf: accountLabel,
    isCommon: true,
  }),
  facet({
    key: 'cluster',
    label: 'Cluster',
    table: 'entries',
    values: (rows, index) => {
      const { clusterArn, cluster, clusterIndex } = rows.entry(index);
      if (clusterIndex === null) return present(clusterArn ?? cluster);
      return present(clusterValue(at(rows.data.clusters, clusterIndex)));
    },
    labelOf: clusterLabel,
    isCommon: true,
  }),
  facet({
    key: 'set',
    label: 'Permission set',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).permissionSet),
    isCommon: true,
  }),
  facet({
    key: 'entry',
    label: 'Entry',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).rolearn),
    hint: 'The IAM role or user that an entry of aws-auth or an access entry names.',
    isCommon: false,
  }),
  facet({
    key: 'source',
    label: 'Source',
    table: 'entries',
    values: (rows, index) => {
      const { source, unread } = rows.entry(index);
      return unread ? [] : [source];
    },
    labelOf: sourceLabel,
    hint: 'A cluster grants access through its aws-auth ConfigMap, its EKS access entries, or both.',
    isCommon: true,
  }),
  facet({
    key: 'node',
    label: 'Nodes',
    table: 'entries',
    values: (rows, index) => [rows.entry(index).isNode ? 'yes' : 'no'],
    labelOf: nodeLabel,
    hint: 'Machines of the cluster have entries, too: nobody signs in through them.',
    isCommon: false,
  }),
  facet({
    key: 'group',
    label: 'Kubernetes group',
    table: 'entries',
    values: (rows, index) => [...new Set(rows.entry(index).groups)],
    hint: 'Groups that an entry puts people in. In the cluster, roles are bound to them.',
    isCommon: true,
  }),
  facet({
    key: 'policy',
    label: 'Access policy',
    table: 'entries',
    values: (rows, index) => [...new Set(rows.entry(index).policies.map(policyValue))],
    hint: 'Sets of Kubernetes permissions that AWS maintains. Access entries grant them.',
    isCommon: false,
  }),
  facet({
    key: 'role',
    label: 'Role',
    table: 'grants',
    values: (rows, index) => {
      const { roles = [], rolesOfEverybody = [] } = rows.rightsOfGrant(index) ?? {};
      return [...new Set([...roles, ...rolesOfEverybody].map(roleValue))];
    },
    hint: 'Sets of permissions in the cluster, and the namespaces where they apply.',
    isCommon: false,
  }),
  facet({
    key: 'admin',
    label: 'Cluster admin',
    table: 'grants',
    values: (rows, index) => [adminState(rows, index)],
    labelOf: adminLabel,
    rank: rankIn(['yes', 'route', 'no']),
    isCommon: false,
  }),
  facet({
    key: 'risk',
    label: 'Route to admin',
    table: 'grants',
    values: (rows, index) => [...new Set(rows.routes(index).map(({ risk }) => risk))],
    labelOf: riskLabel,
    rank: rankIn(Object.keys(RISKS)),
    hint: 'Permissions that make someone cluster admin, or that they can use to become one.',
    isCommon: true,
  }),
  facet({
    key: 'through',
    label: 'Route through',
    table: 'grants',
    values: (rows, index) => [...new Set(rows.routes(index).map(throughValue))],
    labelOf: throughLabel,
    isCommon: false,
  }),
  facet({
    key: 'everybody',
    label: 'Route of everyone',
    table: 'grants',
    values: (rows, index) => [
      ...new Set((rows.rightsOfGrant(index)?.risksOfEverybody ?? []).map(({ risk }) => risk)),
    ],
    labelOf: riskLabel,
    hint: 'Permissions that everyone with access has.',
    isCommon: false,
  }),
  facet({
    key: 'access',
    label: 'Access',
    table: 'grants',
    values: (rows, index) => [rows.hadAccess(index) ? 'had' : rows.grant(index).access],
    labelOf: accessLabel,
    rank: rankIn(['granted', 'unknown', 'none', 'had']),
    isCommon: true,
  }),
  facet({
    key: 'reason',
    label: 'Reason',
    table: 'grants',
    values: (rows, index) => present(reasonValue(rows, index)),
    labelOf: reasonLabel,
    isCommon: false,
  }),
  facet({
    key: 'cause',
    label: "Why it couldn't be read",
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).unread?.cause ?? null),
    isCommon: false,
  }),
] as const;

export type FacetKey = (typeof FACETS)[number]['key'];

/** The value of an access policy in its facet. */
export const policyValue: (policy: AccessPolicy) => string = policyName;

/** The value of a role in its facet, with the namespace where it is bound. */
export const roleValue: (bound: BoundRole) => string = boundRoleText;

/** The facet with a key that an address may have. */
export function facetOf(key: FacetKey): Facet<FacetKey> {
  const found: Facet<FacetKey> | undefined = FACETS.find((one) => one.key === key);
  if (!found) throw new Error(`no facet ${key}`);
  return found;
}

/** A value of a facet in words: `prod-eks (111122223333)` */
export function valueLabel(rows: PageRows, key: FacetKey, value: string): string {
  return facetOf(key).labelOf?.(rows, value) ?? value;
}

function rankIn(order: readonly string[]): (value: string) => number {
  return (value) => (order.includes(value) ? order.indexOf(value) : order.length);
}

function present(value: string | null | undefined): readonly string[] {
  return value == null || value === '' ? [] : [value];
}

/** A cluster without a name has that of its file: `<stdin>` */
export function clusterValue({ arn, name, file }: PageCluster): string | null {
  return arn ?? name ?? file?.name ?? null;
}

/** `read-secrets through ClusterRole/reader cluster-wide` */
export function throughValue({ risk, through }: AdminRoute): string {
  return `${risk} through ${through}`;
}

/** Without a reason, access is unknown because the people of a role aren't known. */
export function reasonValue(rows: PageRows, grant: number): string | null {
  const { access, reason } = rows.grant(grant);
  return access === 'unknown' ? (reason ?? PEOPLE_UNKNOWN) : reason;
}
