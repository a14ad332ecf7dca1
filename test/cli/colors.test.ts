import { describe, expect, test } from 'vitest';
import { account, inventory, role as provisioned, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const MAP = `kind: ConfigMap
metadata: { name: aws-auth }
data:
  mapRoles: |
    - rolearn: arn:aws:sts::222222222222:assumed-role/x/bob
      username: a
      groups: [system:masters]
`;
const [RED, YELLOW, BLUE, END] = ['\u001b[31m', '\u001b[33m', '\u001b[34m', '\u001b[39m'];

describe('colors', () => {
  test.each([
    ['on a terminal', { stdoutIsTty: true }, [], true],
    ['not elsewhere', {}, [], false],
    ['not on a dumb terminal', { stdoutIsTty: true, env: { TERM: 'dumb' } }, [], false],
    ['not with NO_COLOR', { stdoutIsTty: true, env: { NO_COLOR: '1' } }, [], false],
    ['with an empty NO_COLOR', { stdoutIsTty: true, env: { NO_COLOR: '' } }, [], true],
    ['not with --no-color', { stdoutIsTty: true, env: { FORCE_COLOR: '1' } }, ['--no-color'], false],
    ['not with NO_COLOR, even with FORCE_COLOR', { env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, [], false],
    ['with FORCE_COLOR', { env: { FORCE_COLOR: '1' } }, [], true],
    ['with an empty FORCE_COLOR', { env: { FORCE_COLOR: '' } }, [], true],
    ['not with FORCE_COLOR=0', { stdoutIsTty: true, env: { FORCE_COLOR: '0' } }, [], false],
    ['not with FORCE_COLOR=false', { stdoutIsTty: true, env: { FORCE_COLOR: 'false' } }, [], false],
  ])('%s', async (_, world, flags, colored) => {
    const { stdout } = await run(['check', ...flags], { stdin: MAP, ...world });
    expect(stdout.includes('\u001b')).toBe(colored);
  });

  test('of a diff match git', async () => {
    const role = provisioned('222222222222', 'Admin');
    const world = inventory([account('222222222222')], [role]);
    const cwd = await scratch({ 'aws.json': snapshotText(world) });
    const argv = ['diff', '--map', 'Admin=b', '--account', '222222222222', '--inventory', 'aws.json'];
    const stdin = `- rolearn: ${role.roleArn}\n  username: "sso:{{SessionName}}"\n  groups: [a]\n`;
    const plain = await run(argv, { stdin, cwd });
    const { stdout } = await run(argv, { stdin, cwd, env: { FORCE_COLOR: '1' } });
    const style = (line: string) => {
      if (/^(---|\+\+\+)/.test(line)) return `\u001b[1m${line}\u001b[22m`;
      if (line.startsWith('@@')) return `\u001b[36m${line}${END}`;
      if (line.startsWith('-')) return `${RED}${line}${END}`;
      return line.startsWith('+') ? `\u001b[32m${line}${END}` : line;
    };
    expect(plain.stdout).toMatch(/^--- a\/aws-auth\.yaml\n\+\+\+ b\/aws-auth\.yaml\n@@ .*\n - rolearn/);
    expect(stdout).toBe(plain.stdout.split('\n').map(style).join('\n'));
  });

  test('match the severity, for findings and messages', async () => {
    const { stdout, stderr } = await run(['check'], { stdin: MAP, env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain(`: ${RED}error${END}: `);
    expect(stdout).toContain(`: ${YELLOW}warning${END}: `);
    expect(stderr).toBe(`${BLUE}note:${END} <stdin>: 1 error, 1 warning\n`);
    const failed = await run(['check', 'nowhere'], { env: { FORCE_COLOR: '1' } });
    expect(failed.stderr).toMatch(/^\u001b\[31merror:\u001b\[39m nowhere: can't read the file/);
    const warned = await run(['view'], { stdin: `${MAP}  maproles: x\n`, env: { FORCE_COLOR: '1' } });
    expect(warned.stderr).toContain(`${YELLOW}warning:${END} `);
  });
});
