import { expect, test } from 'vitest';
import { run } from './run.ts';

const ITEMS = 10_500;
const LIST = `- rolearn: arn:aws:iam::111122223333:role/dev\n  username: dev\n${'- x\n'.repeat(ITEMS)}`;

test('check lists the first 10,000 findings of a rule, and warns that there may be more', async () => {
  const { stdout, stderr, exitCode } = await run(['check', '-'], { stdin: LIST });
  expect(stdout.match(/\[dropped-entry\]$/gm)).toHaveLength(10_000);
  expect(stderr).toBe(
    'warning: <stdin>: listing at most 10000 findings per rule: dropped-entry\n' +
      'note: <stdin>: 10000 errors, 1 warning\n',
  );
  expect(exitCode).toBe(1);
});

test('the limit is reported even with --quiet, but not if a fix lists the rest', async () => {
  const { stderr } = await run(['check', '--quiet', '-'], { stdin: LIST });
  expect(stderr).toMatch(/^warning: .*dropped-entry\n$/);
  const fixed = await run(['check', '--fix', '-'], { stdin: LIST });
  expect(fixed.stderr).not.toContain('are listed');
  expect(fixed.stderr).toContain(`note: <stdin>: ${ITEMS} errors`);
});

test('a fix has no such limit', async () => {
  const bad = '- rolearn: arn:aws:iam::111122223333:role/a/%\n  username: dev\n';
  const list = Array.from({ length: ITEMS }, (_, index) => bad.replace('%', String(index))).join('');
  const { stdout } = await run(['check', '--fix-access', '-'], { stdin: list });
  expect(stdout).not.toContain('role/a/');
});

test('view warns about the first 1,000 problems and counts the rest; its JSON has all of them', async () => {
  const { stderr } = await run(['view', '-'], { stdin: LIST });
  expect(stderr.match(/^warning: .*the authenticator drops this item$/gm)).toHaveLength(1000);
  expect(stderr).toContain(
    `warning: <stdin>: mapRoles: ${ITEMS - 1000} more problems like these\n  \`aws-auth-sso view -o json\` lists them all.\n`,
  );
  const { stdout } = await run(['view', '-', '-o', 'json'], { stdin: LIST });
  expect(JSON.parse(stdout).mapRoles.errors).toHaveLength(ITEMS);
});

test('view counts a single problem beyond the first 1,000', async () => {
  const beyond = async (items: number) => (await run(['view', '-'], { stdin: '- x\n'.repeat(items) })).stderr;
  expect(await beyond(1000)).not.toContain('more problems');
  expect(await beyond(1001)).toContain('mapRoles: 1 more problems like these\n');
});
