import type { ListEntry } from './subject.ts';

/** Which ARNs the entries are meant for, whatever is wrong with them. */
export interface ArnCensus {
  /** How many entries are meant for an ARN, ignoring case. */
  meantBy(arn: string): readonly ListEntry[];
}

export function arnCensus(entries: readonly ListEntry[]): ArnCensus {
  const byArn = new Map<string, ListEntry[]>();
  for (const one of entries) {
    const key = (one.fault?.meant ?? one.entry.arn).toLowerCase();
    const group = byArn.get(key);
    if (group) group.push(one);
    else byArn.set(key, [one]);
  }
  return { meantBy: (arn) => byArn.get(arn.toLowerCase()) ?? [] };
}
