import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Block, blocksIn, commandsOf, textOf } from './pages.ts';
import { type Ran, type ReadersShell, readersShell } from './readers-shell.ts';

/** Returns a page with the current output of its `console` blocks, run from first to last in one folder. */
export async function withExamples(page: string): Promise<string> {
  const shell = await readersShell();
  let text = textOf(page);
  for (const block of blocksIn(page)) {
    if (block.edited) await edit(join(shell.folder, block.edited), block.text);
    const shown = await shownBy(block, shell);
    if (shown !== undefined) text = text.replace(`\n${block.text}\`\`\`\n`, () => `\n${shown}\`\`\`\n`);
  }
  return text;
}

async function shownBy(block: Block, shell: ReadersShell): Promise<string | undefined> {
  if (block.language === 'console' && block.circumstances !== null) return withOutputs(block, shell);
  if (block.language === 'mermaid' && block.text.includes('people1(')) return graphOfWho(block.page, shell);
  return undefined;
}

/** The commands of a block, each with its stdout, and its stderr below. */
async function withOutputs(block: Block, shell: ReadersShell): Promise<string> {
  let shown = '';
  for (const command of commandsOf(block)) {
    const ran = await shell.run(command, block.circumstances ?? '');
    requireExpectedStatus(command, ran);
    shown += `$ ${command}\n${ran.stdout}${ran.stderr}`;
  }
  return shown;
}

/** A command that fails says so on the page; `diff`, `check` and `explain` exit 1 where they find something. */
function requireExpectedStatus(command: string, { exitCode, stderr }: Ran): void {
  const failures = /^error: /m.test(stderr) ? [2, 3] : [];
  const findings = /aws-auth-sso (diff|check|explain)\b/.test(command) ? [0, 1] : [];
  const expected = [...failures, ...findings];
  expect(expected.length > 0 ? expected : [0], `${command}\n${stderr}`).toContain(exitCode);
}

/** What the config of the examples lets in; on the page about audits, with what it may do. */
async function graphOfWho(page: string, shell: ReadersShell): Promise<string> {
  const rbac = page === 'docs/audit.md' ? '--rbac examples/rbac.yaml' : '';
  const { stdout } = await shell.run(
    `aws-auth-sso generate -c examples/aws-auth-sso.yaml | aws-auth-sso who -o mermaid --inventory examples/inventory.json ${rbac}`,
  );
  return stdout;
}

/** Uncomments what a page shows: replaces as many lines, from the one that has the first in a comment, by those shown. */
async function edit(file: string, shown: string): Promise<void> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const [first = '', ...others] = shown.trimEnd().split('\n');
  const index = lines.indexOf(first.replace(/(?=\S)/, '# '));
  expect(index, `${first} in a comment of ${file}`).not.toBe(-1);
  lines.splice(index, others.length + 1, first, ...others);
  await writeFile(file, lines.join('\n'));
}
