import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, inject, test } from 'vitest';
import { askOnTerminal } from '../../src/cli/prompt.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { USER_SECRET, userKey } from '../fake-aws/sessions.ts';
import { scratch } from '../scratch.ts';

/** A terminal that records its output, and whether it echoes. */
class FakeTerminal {
  readonly input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => {
      this.isRaw = isRaw;
    },
  });
  shown = '';
  isRaw = false;
  readonly write = (text: string) => {
    this.shown += text;
  };
  readonly close = () => {
    this.input.destroy();
  };
}

function asked(terminal: FakeTerminal | undefined) {
  const end = new AbortController();
  const interruptions: string[] = [];
  const interrupt = () => {
    interruptions.push('Ctrl-C');
    end.abort();
  };
  const answer = askOnTerminal('Code: ', end.signal, interrupt, 'linux', () => terminal);
  answer.catch(() => {});
  return { answer, end, interruptions };
}

describe('a question on the terminal', () => {
  test('is shown, but not the answer', async () => {
    const terminal = new FakeTerminal();
    const { answer, end } = asked(terminal);
    expect([terminal.shown, terminal.isRaw]).toEqual(['Code: ', true]);
    terminal.input.write('1299\u007f\u007f3456\r');
    expect(await answer).toBe('123456');
    // A later end of the run no longer affects the terminal.
    end.abort();
    expect([terminal.shown, terminal.isRaw, terminal.input.destroyed]).toEqual(['Code: \n', false, true]);
  });

  test('gets an empty answer at end of input', async () => {
    const terminal = new FakeTerminal();
    const { answer } = asked(terminal);
    terminal.input.write('\u0004');
    expect(await answer).toBe('');
  });

  test('gets an empty answer if the terminal disappears', async () => {
    const terminal = new FakeTerminal();
    const { answer } = asked(terminal);
    terminal.input.emit('error', new Error('EIO'));
    expect(await answer).toBe('');
  });

  test('is interrupted by Ctrl-C, without a signal from the terminal', async () => {
    const terminal = new FakeTerminal();
    const { answer, interruptions } = asked(terminal);
    terminal.input.write('12\u0003');
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect([interruptions, terminal.isRaw, terminal.input.destroyed]).toEqual([['Ctrl-C'], false, true]);
  });

  test('does not suspend the program on Ctrl-Z', async () => {
    const terminal = new FakeTerminal();
    const { answer } = asked(terminal);
    terminal.input.write('12\u001a3456\r');
    expect(await answer).toBe('123456');
  });

  test('ends with the run, and restores the terminal', async () => {
    const terminal = new FakeTerminal();
    const { answer, end } = asked(terminal);
    end.abort();
    expect(terminal.shown).toBe('Code: \n');
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect([terminal.isRaw, terminal.input.destroyed]).toEqual([false, true]);
  });

  test('is not asked after the end of the run', async () => {
    const terminal = new FakeTerminal();
    const signal = AbortSignal.abort();
    const open = () => terminal;
    const answer = askOnTerminal('Code: ', signal, () => {}, 'linux', open);
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(terminal.shown).toBe('');
  });

  test('has no answer without a terminal', async () => {
    expect(await asked(undefined).answer).toBeUndefined();
  });
});

const [CENTRAL, MEMBER] = ['111111111111', '222222222222'];
const DEVICE = `arn:aws:iam::${CENTRAL}:mfa/alice`;
const PROFILES = `[profile people]
aws_access_key_id = ${userKey(CENTRAL)}
aws_secret_access_key = ${USER_SECRET}
[profile reader]
role_arn = arn:aws:iam::${MEMBER}:role/Reader
source_profile = people
mfa_serial = ${DEVICE}
`;

/** `script` of util-linux, which most Linux machines have, runs a command in its own terminal. */
const { stdout: version } = spawnSync('script', ['--version'], { encoding: 'utf8' });

describe.skipIf(!version?.includes('util-linux'))(
  'the program on a terminal, in the middle of a pipe (skipped without `script` of util-linux)',
  () => {
    /** Answers the question; returns the output on the terminal and in the pipe, and the exit code. */
    async function answered(keys: string) {
      const fake = await fakeAwsForTest({
        permissionSets: ['Admin'],
        groups: ['Platform'],
        accounts: [{ id: MEMBER, assumableRole: 'Reader', mfa: { serial: DEVICE, codes: ['123456'] } }],
        assignments: [{ account: MEMBER, permissionSet: 'Admin', group: 'Platform' }],
      });
      const cwd = await scratch({ profiles: PROFILES });
      const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...env } = fake.env;
      const command = [
        process.execPath,
        inject('program'),
        'merge',
        '--profile',
        'reader',
        '--account',
        'self',
      ];
      const pipe = `echo '[]' | ${command.join(' ')} --map Admin=viewers > merged.yaml; echo "exit $?"`;
      const terminal = spawn('script', ['--quiet', '--flush', '--command', pipe, '/dev/null'], {
        cwd,
        env: {
          PATH: process.env.PATH,
          NO_COLOR: '1',
          ...env,
          AWS_CONFIG_FILE: join(cwd, 'profiles'),
          SHELL: '/bin/sh',
        },
      });
      let shown = '';
      terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('mfa/alice: ')) terminal.stdin.write(keys);
        shown += text;
      });
      await once(terminal, 'close');
      return { shown, merged: await readFile(join(cwd, 'merged.yaml'), 'utf8') };
    }

    test('asks there, does not echo, and passes the ConfigMap on', async () => {
      const { shown, merged } = await answered('123456\r');
      expect(shown).toMatch(/^Enter MFA code for arn:aws:iam::111111111111:mfa\/alice: \r\n/);
      expect(shown).toContain('exit 0');
      expect(shown).not.toContain('123456');
      expect(merged).toContain(`arn:aws:iam::${MEMBER}:role/AWSReservedSSO_Admin_`);
    });

    test('ends on Ctrl-C with 130, and passes nothing on', async () => {
      const { shown, merged } = await answered('12\u0003');
      expect(shown).toContain('error: interrupted; nothing was written\r\nexit 130');
      expect(merged).toBe('');
    });
  },
);

describe.skipIf(!version?.includes('util-linux'))(
  'a table on a terminal (skipped without `script` of util-linux)',
  () => {
    test('fits the terminal, and has its full width in a pipe', async () => {
      const view = `${process.execPath} ${inject('program')} view examples/aws-auth.yaml`;
      const terminal = spawn(
        'script',
        ['--quiet', '--command', `stty cols 90; ${view}; ${view} | cat`, '/dev/null'],
        { env: { PATH: process.env.PATH, NO_COLOR: '1', SHELL: '/bin/sh' } },
      );
      let shown = '';
      terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
      });
      await once(terminal, 'close');
      const lines = shown.split('\r\n');
      expect(lines.slice(0, 2)).toEqual([
        'KEY       ARN                                       USERNAME      GROUPS              NOTE',
        'mapRoles  …ws:iam::111122223333:role/eks-prod-node  system:node…  system:bootstrapp…',
      ]);
      expect(lines[5]).toMatch(
        /^mapRoles {3}arn:aws:iam::111122223333:role\/eks-prod-node .* {3}system:bootstrappers,system:nodes$/,
      );
    });
  },
);
