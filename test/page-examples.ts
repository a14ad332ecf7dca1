import { join } from 'node:path';
import { expect } from 'vitest';
import { editFile } from './edit-file.ts';
import { type Block, blocksIn, commandsOf, textOf } from './pages.ts';
import { type Ran, type ReadersShell, readersShell } from './readers-shell.ts';

/** Returns a page with the current output of its `console` blocks, run from first to last in one folder. */
export async function withExamples(page: string): Promise<string> {
  const shell = await readersShell();
  let text = textOf(page);
  for (const block of blocksIn(page)) {
    if (block.edited) await editFile(join(shell.folder, block.edited), block.text);
    if (block.language !== 'console' || block.circumstances === null) continue;
    const shown = await withOutputs(block, shell);
    text = text.replace(`\n${block.text}\`\`\`\n`, () => `\n${shown}\`\`\`\n`);
  }
  return text;
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
