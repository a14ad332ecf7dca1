import { TEMPLATE_VARIABLES } from '../entry.ts';
import { type Failure, type Place, refusal } from '../errors.ts';
import { quoted } from '../printable.ts';
import { lineEnd } from '../yaml/lines.ts';

const OPEN = '{{';

/** The offset of the first `{{` between two offsets that opens none of the authenticator's variables; -1 where there is none. */
export function findTemplate(source: string, start: number, end: number): number {
  for (let at = source.indexOf(OPEN, start); at >= 0 && at < end; at = source.indexOf(OPEN, at)) {
    const known = TEMPLATE_VARIABLES.find((name) => source.startsWith(`${OPEN}${name}}}`, at));
    if (known === undefined) return at;
    at += known.length + 2 * OPEN.length;
  }
  return -1;
}

/** Says that the braces at `offset` look like a Helm template. */
export function templateRefusal(source: string, offset: number, place: Place): Failure {
  const line = source.slice(offset, lineEnd(source, offset));
  const braces = line.slice(0, line.includes('}}') ? line.indexOf('}}') + 2 : 40);
  return refusal({
    message: `${quoted(braces)} is none of the authenticator's variables: this looks like a Helm template`,
    place,
    next: `Render it first (helm template …) and give the result. The authenticator knows ${TEMPLATE_VARIABLES.map((name) => `{{${name}}}`).join(' ')}.`,
  });
}
