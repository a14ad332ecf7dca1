/** Applies a unified diff like patch(1); throws if its context doesn't match. */
export function applyDiff(before: string, diff: string): string {
  const old = linesOf(before);
  const result: string[] = [];
  let position = 0;
  for (const hunk of diff.split(/^(?=@@ )/m).slice(1)) {
    const [header = '', ...lines] = linesOf(hunk);
    const [, start = '', count] = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@\n$/.exec(header) ?? [];
    const first = Number(start) - (count === '0' ? 0 : 1);
    result.push(...old.slice(position, first));
    position = first;
    for (const line of withoutNewlineMarks(lines)) {
      const text = line.slice(1);
      if (line[0] !== '+' && old[position++] !== text)
        throw new Error(`${JSON.stringify(line)} does not fit`);
      if (line[0] === '-') continue;
      if (result.at(-1)?.endsWith('\n') === false)
        throw new Error(`${JSON.stringify(line)} is after the last line`);
      result.push(text);
    }
  }
  return [...result, ...old.slice(position)].join('');
}

function withoutNewlineMarks(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) => {
    if (line.startsWith('\\')) return [];
    return [lines[index + 1]?.startsWith('\\') ? line.slice(0, -1) : line];
  });
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
