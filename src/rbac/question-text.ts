import { groupBy } from '../group-by.ts';

/** What is asked, in few words: `get,list secrets or create pods`. */
export function questionText(texts: readonly string[]): string {
  const byTarget = groupBy(texts, (text) => text.slice(text.indexOf(' ')));
  const joined = [...byTarget].map(
    ([target, same]) => `${same.map((text) => text.slice(0, text.indexOf(' '))).join(',')}${target}`,
  );
  return joined.length < 2 ? joined.join('') : `${joined.slice(0, -1).join(', ')} or ${joined.at(-1)}`;
}
