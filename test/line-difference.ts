/**
 * The difference between two texts, as in a unified diff without context: lines after `-` are gone, lines after `+` are new, and
 * `=3 lines` are in both. It tells apart all that differ.
 */
export function lineDifference(before: string, after: string): string {
  const [old, current] = [linesOf(before), linesOf(after)];
  const common = commonLengths(old, current);
  const result: string[] = [];
  let [at, to, equal] = [0, 0, 0];
  const endEqual = () => {
    if (equal > 0) result.push(`=${equal} ${equal === 1 ? 'line' : 'lines'}\n`);
    equal = 0;
  };
  while (at < old.length || to < current.length) {
    if (at < old.length && old[at] === current[to]) {
      equal += 1;
      at += 1;
      to += 1;
      continue;
    }
    endEqual();
    const isGone = (common[at + 1]?.[to] ?? -1) >= (common[at]?.[to + 1] ?? -1);
    result.push(isGone ? `-${old[at++]}` : `+${current[to++]}`);
  }
  endEqual();
  return result.join('');
}

function linesOf(text: string): string[] {
  return (
    text
      .match(/[^\n]*\n|[^\n]+$/g)
      ?.map((line) => (line.endsWith('\n') ? line : `${line}(no line break)\n`)) ?? []
  );
}

/** By positions in both, how many lines the rests have in common, in the same order. */
function commonLengths(old: readonly string[], current: readonly string[]): number[][] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Array<number>(current.length + 1).fill(0));
  for (let at = old.length - 1; at >= 0; at -= 1) {
    const [row = [], next = []] = lengths.slice(at);
    for (let to = current.length - 1; to >= 0; to -= 1) {
      row[to] = old[at] === current[to] ? (next[to + 1] ?? 0) + 1 : Math.max(next[to] ?? 0, row[to + 1] ?? 0);
    }
  }
  return lengths;
}
