import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';

/** Edits a file like a `diff` block of a page: replaces lines after `-` with lines after `+`, or undoes that. */
export async function editFile(file: string, diff: string, direction: 'do' | 'undo' = 'do'): Promise<void> {
  const [removed = '', added = ''] = ['-', '+'].map((sign) =>
    [...diff.matchAll(/^([-+])(.*\n)/gm)].flatMap(([, its, line]) => (its === sign ? [line] : [])).join(''),
  );
  const [before, after] = direction === 'do' ? [removed, added] : [added, removed];
  const text = await readFile(file, 'utf8');
  expect(text, file).toContain(`\n${before}`);
  await writeFile(
    file,
    text.replace(before, () => after),
  );
}
