import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Block, blocksIn, blocksOf, commandsOf, PAGES, ROOT, textOf } from './pages.ts';
import { type Ran, type ReadersShell, readersShell } from './readers-shell.ts';

const WITH_EXAMPLES = PAGES.filter((page) => blocksIn(page).some(({ language }) => language === 'console'));

/** A block with what its commands print now: stdout, and stderr below it. */
async function withOutputs(block: Block, shell: ReadersShell): Promise<string> {
  let shown = '';
  for (const command of commandsOf(block)) {
    const ran = await shell.run(command, block.circumstances ?? '');
    requireExpectedStatus(command, ran);
    shown += `$ ${command}\n${ran.stdout}${ran.stderr}`;
  }
  return shown;
}

/** A command that fails says so on the page; `diff` and `check` exit 1 where they find something. */
function requireExpectedStatus(command: string, { exitCode, stderr }: Ran): void {
  const failures = /^error: /m.test(stderr) ? [2, 3] : [];
  const findings = /aws-auth-sso (diff|check)\b/.test(command) ? [0, 1] : [];
  const expected = [...failures, ...findings];
  expect(expected.length > 0 ? expected : [0], `${command}\n${stderr}`).toContain(exitCode);
}

const isGraphOfWho = (text: string) => text.startsWith('flowchart LR\n  people1');

test.each(WITH_EXAMPLES)(
  'examples are as %s shows them (npx vitest run test/readme.test.ts -u writes it)',
  async (page) => {
    const shell = await readersShell();
    let text = textOf(page);
    const replace = (before: string, after: string) => {
      text = text.replace(`\n${before}\`\`\`\n`, () => `\n${after}\`\`\`\n`);
    };
    for (const block of blocksIn(page)) {
      if (block.language === 'console' && block.circumstances !== null)
        replace(block.text, await withOutputs(block, shell));
      if (isGraphOfWho(block.text)) {
        const { stdout } = await shell.run(
          'aws-auth-sso generate -c examples/aws-auth-sso.yaml | aws-auth-sso who -o mermaid',
        );
        replace(block.text, stdout);
      }
    }
    await expect(text).toMatchFileSnapshot(join(ROOT, page));
  },
  60_000,
);

const SCRIPTS = ['sh', 'bash'].flatMap(blocksOf).filter(({ circumstances }) => circumstances !== null);

test.runIf(SCRIPTS.length > 0).each(SCRIPTS)('a script of $page runs: $text', async (block) => {
  const shell = await readersShell();
  const { exitCode, stderr } = await shell.run(`set -eu\n${block.text}`, block.circumstances ?? '');
  expect(exitCode, stderr).toBe(0);
});

describe('the README', () => {
  test('has two set-up commands', () => {
    const commands = blocksIn('README.md').filter(({ language }) => language === 'sh');
    expect(commands.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['npm ci && npm run demo\n', 'npm ci && npm test\n']),
    );
  });

  test('is a front page: the rest stands in docs/', () => {
    expect(textOf('README.md').split('\n').length - 1).toBeLessThanOrEqual(220);
  });
});
