import { type Readiness, UNKNOWN_READINESS } from '../../check/readiness.ts';
import type { Column } from '../../column.ts';
import { clusterLabels, unreadArn } from '../../directory/known-clusters.ts';
import type { EksCluster, UnreadCluster } from '../../directory/model.ts';
import { renderTable } from '../format/table.ts';

/** A cluster, and how far it is from authentication mode API. */
export interface ClusterReadiness extends Readiness {
  readonly cluster: EksCluster;
  /** The file with its aws-auth; null if it isn't given. */
  readonly file: string | null;
}

/** A line about a cluster, or about clusters that couldn't be listed. */
interface Row extends Readiness {
  readonly cluster: string;
  readonly arn: string | null;
  /** Null for a cluster that couldn't be read. */
  readonly mode: EksCluster['authenticationMode'] | null;
  readonly file: string | null;
}

/**
 * The rows of clusters, those that need the most work first.
 * @param unread clusters that couldn't be read, and so are never ready
 */
export function readinessRows(
  known: readonly ClusterReadiness[],
  unread: readonly UnreadCluster[],
): readonly Row[] {
  const unreadNamed = unread.flatMap((one) => {
    const arn = unreadArn(one);
    return one.name === null || arn === null ? [] : { name: one.name, arn };
  });
  const labelOf = clusterLabels([...known.map(({ cluster }) => cluster), ...unreadNamed]);
  const rows = [
    ...known.map(({ cluster: { name, label, arn, authenticationMode: mode }, file, ...readiness }): Row => {
      return { cluster: label ?? name, arn, mode, file, ...readiness };
    }),
    ...unread.map((one): Row => {
      const { name, accountId, region } = one;
      const arn = unreadArn(one);
      const cluster =
        name !== null && arn !== null ? labelOf({ name, arn }) : `clusters of ${accountId} in ${region}`;
      return { cluster, arn, mode: null, file: null, ...UNKNOWN_READINESS, next: null };
    }),
  ];
  const most = (one: number | null, other: number | null) => (other ?? 0) - (one ?? 0);
  return rows.toSorted(
    (one, other) =>
      stageOf(one) - stageOf(other) || most(one.lost, other.lost) || most(one.doubtful, other.doubtful),
  );
}

/** The order of rows: from people or nodes that would be locked out to nothing to do. */
function stageOf({ mode, lost, ready }: Row): number {
  if (mode === 'API') return 4;
  if (ready) return 3;
  if (lost === null) return 1;
  return lost > 0 ? 0 : 2;
}

const COLUMNS: readonly Column<Row>[] = [
  { header: 'CLUSTER', cell: ({ cluster }) => cluster },
  { header: 'MODE', cell: ({ mode }) => mode },
  { header: 'LOST', cell: ({ mode, lost }) => (mode === 'API' ? null : (lost ?? 'not read')) },
  { header: 'DOUBTFUL', cell: ({ doubtful }) => doubtful },
  { header: 'NODES', cell: ({ nodes }) => nodes },
  { header: 'NEXT', cell: ({ next }) => next },
];

/** A line for each cluster; the command is never cut. */
export function readinessTable(rows: readonly Row[], width: number | undefined): Promise<string> {
  return renderTable(COLUMNS, rows, { width });
}
