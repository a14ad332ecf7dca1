import { parseArn } from '../arn.ts';
import { policyName } from '../eks.ts';
import { memo } from '../memo.ts';
import { boundRoleText } from '../rbac/model.ts';
import { RISKS } from '../rbac/ways-to-admin.ts';
import { ACCESS_TEXTS, PEOPLE_UNREAD, REASON_TEXTS, SOURCE_TEXTS } from '../who/row-texts.ts';
import type { AdminRoute } from '../who/rows.ts';
import { adminStateOf, CHANGE_HEADS } from '../who/since/row-change.ts';
import type { PageCluster, RowTable } from './data.ts';
import { at, type PageRows, personValue } from './decode.ts';
import { accountNames } from './names.ts';
import { HAD_ACCESS, PRINCIPAL_NOUNS } from './texts.ts';

/** The reason for unknown access that has no other. */
export const PEOPLE_UNKNOWN = 'people-unknown';

const KIND_LABELS = new Map<string, string>(
  Object.entries(PRINCIPAL_NOUNS).map(([type, [one]]) => [type, one]),
);
const RISK_LABELS = new Map<string, string>(Object.entries(RISKS));

/**
 * A property of rows to filter by. Its values depend on one table only, so they are computed once for all rows that share
 * them. They stand in addresses that people send, so what a value means must not change.
 */
interface Facet<Key extends string = string> {
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
}

/** In the order in which the page offers them. */
export const FACETS = [
  {
    key: 'change',
    label: 'Change',
    table: 'changes',
    values: (rows, index) =>
      rows.data.since === null ? [] : [rows.data.tables.changes[index]?.kind ?? 'unchanged'],
    ...inOrder({ new: 'new', changed: 'changed', gone: 'gone', unchanged: 'not changed' }),
  },
  {
    key: 'changed',
    label: 'What changed',
    table: 'changes',
    values: (rows, index) => present(rows.data.tables.changes[index]?.head),
    ...inOrder(CHANGE_HEADS),
    hint: 'What a change means for a person in a cluster, the most serious first.',
  },
  {
    key: 'person',
    label: 'Person or group',
    table: 'principals',
    values: (rows, index) => [personValue(rows.principal(index))],
    labelOf: personLabel,
    // People before roles and users of IAM.
    rank: (value) => Number(!/^(?:USER|GROUP)\//.test(value)),
  },
  {
    key: 'kind',
    label: 'Kind',
    table: 'principals',
    values: (rows, index) => [rows.principal(index).type],
    labelOf: (_rows, value) => KIND_LABELS.get(value) ?? value,
  },
  {
    key: 'listed',
    label: 'Groups whose members are listed',
    table: 'principals',
    values: (rows, index) => [isListedGroup(rows, index) ? 'yes' : 'no'],
    labelOf: labelIn({
      yes: 'only these',
      no: 'left out',
    }),
  },
  {
    key: 'via',
    label: 'Through group',
    table: 'vias',
    values: (rows, index) => present(rows.via(index)),
  },
  {
    key: 'account',
    label: 'Account',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).accountId),
    // Several accounts may share a name.
    labelOf: (rows, value) => {
      const name = accountNames(rows).get(value);
      return name === undefined ? value : `${name} (${value})`;
    },
  },
  {
    key: 'cluster',
    label: 'Cluster',
    table: 'entries',
    values: (rows, index) => {
      const { clusterArn, cluster, clusterIndex } = rows.entry(index);
      if (clusterIndex === null) return present(clusterArn ?? cluster);
      return present(clusterValue(at(rows.data.clusters, clusterIndex)));
    },
    labelOf: (rows, value) => clusterNames(rows).get(value) ?? value,
  },
  {
    key: 'set',
    label: 'Permission set',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).permissionSet),
  },
  {
    key: 'entry',
    label: 'Entry',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).rolearn),
    hint: 'The IAM role or user that an entry of aws-auth or an access entry names.',
  },
  {
    key: 'source',
    label: 'Source',
    table: 'entries',
    values: (rows, index) => {
      const { source, unread } = rows.entry(index);
      return unread ? [] : [source];
    },
    labelOf: labelIn(SOURCE_TEXTS),
    hint: 'A cluster grants access through its aws-auth ConfigMap, its EKS access entries, or both.',
  },
  {
    key: 'node',
    label: 'Nodes',
    table: 'entries',
    values: (rows, index) => [rows.entry(index).isNode ? 'yes' : 'no'],
    labelOf: labelIn({ yes: 'only nodes', no: 'without nodes' }),
    hint: 'Machines of the cluster have entries, too: nobody signs in through them.',
  },
  {
    key: 'group',
    label: 'Kubernetes group',
    table: 'entries',
    values: (rows, index) => [...new Set(rows.entry(index).groups)],
    hint: 'Groups that an entry puts people in. In the cluster, roles are bound to them.',
  },
  {
    key: 'policy',
    label: 'Access policy',
    table: 'entries',
    values: (rows, index) => [...new Set(rows.entry(index).policies.map(policyName))],
    hint: 'Sets of Kubernetes permissions that AWS maintains. Access entries grant them.',
  },
  {
    key: 'role',
    label: 'Role',
    table: 'grants',
    values: (rows, index) => {
      const { roles = [], rolesOfEverybody = [] } = rows.rightsOfGrant(index) ?? {};
      return [...new Set([...roles, ...rolesOfEverybody].map(boundRoleText))];
    },
    hint: 'Sets of permissions in the cluster, and the namespaces where they apply.',
  },
  {
    key: 'admin',
    label: 'Cluster admin',
    table: 'grants',
    values: (rows, index) => [adminStateOf(rows.routes(index))],
    ...inOrder({ yes: 'cluster admin', route: 'can become cluster admin', no: 'no known route' }),
  },
  {
    key: 'risk',
    label: 'Route to admin',
    table: 'grants',
    values: (rows, index) => [...new Set(rows.routes(index).map(({ risk }) => risk))],
    ...inOrder(RISKS),
    hint: 'Permissions that make someone cluster admin, or that they can use to become one.',
  },
  {
    key: 'through',
    label: 'Route through',
    table: 'grants',
    values: (rows, index) => [...new Set(rows.routes(index).map(throughValue))],
    labelOf: (_rows, value) => {
      const [risk = '', ...through] = value.split(' ');
      return [RISK_LABELS.get(risk) ?? risk, ...through].join(' ');
    },
  },
  {
    key: 'everybody',
    label: 'Route of everyone',
    table: 'grants',
    values: (rows, index) => [
      ...new Set((rows.rightsOfGrant(index)?.risksOfEverybody ?? []).map(({ risk }) => risk)),
    ],
    labelOf: labelIn(RISKS),
    hint: 'Permissions that everyone with access has.',
  },
  {
    key: 'access',
    label: 'Access',
    table: 'grants',
    values: (rows, index) => [rows.hadAccess(index) ? 'had' : rows.grant(index).access],
    labelOf: labelIn({ ...ACCESS_TEXTS, had: HAD_ACCESS }),
    rank: rankIn(['granted', 'unknown', 'none', 'had']),
  },
  {
    key: 'reason',
    label: 'Reason',
    table: 'grants',
    values: (rows, index) => present(reasonValue(rows, index)),
    labelOf: labelIn({ ...REASON_TEXTS, [PEOPLE_UNKNOWN]: PEOPLE_UNREAD }),
  },
  {
    key: 'cause',
    label: "Why it couldn't be read",
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).unread?.cause ?? null),
  },
] as const satisfies readonly Facet[];

export type FacetKey = (typeof FACETS)[number]['key'];

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

/** Labels for values, which rank as they stand here. */
function inOrder<Value extends string>(words: Readonly<Record<Value, string>>) {
  return { labelOf: labelIn(words), rank: rankIn(Object.keys(words)) };
}

/** An address may have any value, such as `constructor`. */
function labelIn<Value extends string>(
  words: Readonly<Record<Value, string>>,
): (rows: PageRows, value: string) => string {
  const labels = new Map<string, string>(Object.entries(words));
  return (_rows, value) => labels.get(value) ?? value;
}

function rankIn(order: readonly string[]): (value: string) => number {
  return (value) => (order.includes(value) ? order.indexOf(value) : order.length);
}

/** True for a group whose members have rows, too. Without --expand, only some of them may have. */
export function isListedGroup(rows: PageRows, principal: number): boolean {
  const { type, name } = rows.principal(principal);
  return type === 'GROUP' && name !== null && groupsWithRows(rows).has(name);
}

const groupsWithRows = memo((rows: PageRows): ReadonlySet<string | null> => {
  if (!rows.data.isExpanded) return new Set();
  const now = rows.count - (rows.data.since?.earlierRows ?? 0);
  const { vias, principals } = rows.columns;
  const named = (indexes: Uint32Array) => Array.from(new Set(indexes), (via) => rows.via(via));
  const present = new Set(
    Array.from(new Set(principals.subarray(0, now)), (one) => rows.principal(one).name),
  );
  // Only a group that is gone had its members in the earlier run.
  const gone = named(vias.subarray(now)).filter((group) => !present.has(group));
  return new Set([...named(vias.subarray(0, now)), ...gone]);
});

/** A text as a list, without an empty one. */
export function present(value: string | null | undefined): readonly string[] {
  return value == null || value === '' ? [] : [value];
}

/** A cluster without a name has that of its file: `<stdin>` */
export function clusterValue({ arn, name, file }: Pick<PageCluster, 'arn' | 'name' | 'file'>): string | null {
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

/** `alice@example.com`, `Platform (group)`, `ci (IAM role in 111122223333)` */
function personLabel(_rows: PageRows, value: string): string {
  const slash = value.indexOf('/');
  const type = value.slice(0, slash);
  const kind = KIND_LABELS.get(type);
  const id = value.slice(slash + 1);
  if (kind === undefined || type === 'USER') return id;
  const arn = parseArn(id);
  return arn ? `${arn.resource.split('/').at(-1)} (${kind} in ${arn.accountId})` : `${id} (${kind})`;
}

const clusterNames = memo(({ data }: PageRows): ReadonlyMap<string, string> => {
  return new Map(
    data.tables.entries.flatMap(({ cluster, clusterArn }) =>
      cluster === null || clusterArn === null ? [] : [[clusterArn, cluster] as const],
    ),
  );
});
