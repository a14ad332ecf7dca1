import { readFileSync } from 'node:fs';

export const PAGE = readFileSync(new URL('../../docs/risks.md', import.meta.url), 'utf8');

/** A row of the table of risks in docs/risks.md. */
export interface RiskRow {
  readonly text: string;
  readonly risk: string;
  readonly rights: string;
  /** `proven` if `test:cluster` carries out the route against a real API server. */
  readonly proof: 'proven' | 'documented';
}

/** The rows of the table, in order. */
export function riskRows(): RiskRow[] {
  const [, documented = ''] = /^(\d+)\. \[Documented by Kubernetes\]/m.exec(PAGE) ?? [];
  const [, table = ''] = /^\| note \| .*\n\| ?---.*\n((?:\|.*\n)+)/m.exec(PAGE) ?? [];
  return table
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, text = '', risk = '', rights = ''] = /^\| (.+) \| `(.+)` \| (.+) \|$/.exec(line) ?? [];
      const [, notes = ''] = /\(([\d, ]+)\)$/.exec(rights) ?? [];
      return { text, risk, rights, proof: notes.split(', ').includes(documented) ? 'documented' : 'proven' };
    });
}
