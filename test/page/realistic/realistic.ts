import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../pages.ts';
import { runProgram } from '../../program.ts';
import { scratch } from '../../scratch.ts';

/** The company's files; `files.page.ts` writes the JSON among them. */
export const FOLDER = join(ROOT, 'test', 'golden', 'realistic');

/** The JSON of a month ago, by its name in the folder. */
export const LAST_MONTH = 'last-month.json';

/** The monthly command of its security lead, without a format. */
export const WHO = [
  ...['who', 'aws-auth.yaml', '--cluster', 'prod', '--inventory', 'inventory.json'],
  ...['--rbac', 'rbac.yaml', '--expand'],
];

/**
 * Runs the built program on the files of this month.
 * @param argv more options of `who`
 * @returns the page
 */
export async function realisticPage(argv: readonly string[] = []): Promise<string> {
  return (await run(FOLDER, [...WHO, '-o', 'html', ...argv])).stdout;
}

/** Runs `who` in a folder. */
export async function run(cwd: string, argv: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { exitCode, ...written } = await runProgram(argv, { cwd });
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${written.stderr}`);
  return written;
}

/**
 * The folder as it was a month ago. The role of SupportViewer had another suffix, and nobody had bound the role for
 * debugging in kube-system.
 * @param inventory the snapshot of then
 */
export async function folderAMonthAgo(inventory: string): Promise<string> {
  const [awsAuth, rbac] = await Promise.all(
    ['aws-auth.yaml', 'rbac.yaml'].map((name) => readFile(join(FOLDER, name), 'utf8')),
  );
  return scratch({
    'aws-auth.yaml': without(awsAuth ?? '', 'c95a07e1b86d3f42', '1f6e8d2b90a7c354'),
    'rbac.yaml': without(rbac ?? '', /^ {2}- (?:(?!^ {2}- ).)*?name: sre-debug.*?(?=^ {2}- )/ms, ''),
    'inventory.json': inventory,
  });
}

function without(text: string, now: string | RegExp, then: string): string {
  const changed = text.replace(now, then);
  if (changed === text) throw new Error(`not in the file: ${now}`);
  return changed;
}
