import type { PageRows } from '../../decode.ts';
import { personValue } from '../facets.ts';
import { nobodyText } from '../summary/meanings.ts';

/** The fate of the access of a row of the earlier run. */
export interface LostAccess {
  /** Why the entry grants nobody access now; null if it still does, or is gone itself. */
  readonly reason: string | null;
  /** True if the same person or group still has access to the cluster through something else. */
  readonly hasOther: boolean;
}

/** Null for a row of this run. */
export function lostAccess(rows: PageRows, number: number): LostAccess | null {
  if (!rows.isEarlier(number)) return null;
  const { rolearn, source, cluster, clusterArn } = rows.entry(rows.index(number, 'entries'));
  const entries = rows.data.tables.entries.map((one) => ({
    // Rows of earlier versions have no ARN.
    isOfCluster: one.cluster === cluster && (one.clusterArn === clusterArn || clusterArn === null),
    isSame: one.rolearn === rolearn && one.source === source,
  }));
  const person = personValue(rows.principal(rows.index(number, 'principals')));
  const persons = rows.data.tables.principals.map((one) => personValue(one) === person);
  let reason: string | null = null;
  let hasOther = false;
  for (let row = 0; row < rows.count && !rows.isEarlier(row); row += 1) {
    const entry = entries[rows.index(row, 'entries')];
    if (!entry?.isOfCluster) continue;
    const grant = rows.grant(rows.index(row, 'grants'));
    if (persons[rows.index(row, 'principals')] && grant.access === 'granted') hasOther = true;
    if (entry.isSame && grant.access === 'none' && grant.reason !== null) reason = nobodyText(grant.reason);
  }
  return { reason, hasOther };
}
