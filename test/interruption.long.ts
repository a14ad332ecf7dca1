import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { awsAuthOf } from './access-entry/aws-auth-of.ts';
import { Draw } from './draw.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from './fake-aws/world-input.ts';
import { type ProgramOptions, runProgram, startProgram } from './program.ts';
import { scratch } from './scratch.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Rounds at random moments; `npm run bench interruption` has a hundred, and a clock. */
const ROUNDS = 9;

const ACCOUNTS = ['222222222222', '333333333333', '444444444444'];
const WORLD: WorldInput = {
  accounts: ACCOUNTS.map((id) => ({ id })),
  permissionSets: ['Admin', 'View'],
  users: ['ada', 'bob'],
  groups: [{ displayName: 'Platform', members: ['ada'] }],
  assignments: ACCOUNTS.flatMap((account) => [
    { account, permissionSet: 'Admin', group: 'Platform' },
    { account, permissionSet: 'View', user: 'bob' },
  ]),
};
const MAP = awsAuthOf([{ rolearn: 'arn:aws:iam::222222222222:role/node', groups: ['system:nodes'] }]);

async function textOf(stream: Readable | null): Promise<string> {
  return stream ? text(stream) : '';
}

/** Starts the program; `end` sends it a signal and returns how it ended. */
function started(argv: readonly string[], options: ProgramOptions = {}) {
  const child = startProgram(argv, options);
  const [stdout, stderr] = [child.stdout, child.stderr].map(textOf);
  const closed = once(child, 'close');
  return {
    end: async (signal: NodeJS.Signals) => {
      child.kill(signal);
      const [exitCode] = await closed;
      return { exitCode, stdout: await stdout, stderr: await stderr };
    },
  };
}

describe('interrupted', () => {
  test('at any of its calls, a run exits 130 with an empty stdout and an unchanged file', async () => {
    const fake = await fakeAwsForTest(WORLD, { latencyMs: 20 });
    const cwd = await scratch({ 'map.yaml': MAP });
    const commands = [
      ['snapshot', '--all-accounts', '--principals'],
      ['merge', 'map.yaml', '--write', '--all-accounts', '--map', 'group:Platform=system:masters'],
      ['roles', '--all-accounts', '--principals', '-o', 'csv'],
    ];
    const callsOf = new Map<readonly string[], Readonly<Record<string, number>>>();
    for (const argv of commands) {
      fake.reset();
      await runProgram(argv, { cwd, env: fake.env });
      callsOf.set(argv, fake.calls);
    }
    await writeFile(join(cwd, 'map.yaml'), MAP);
    const draw = new Draw(9);
    for (let round = 0; round < ROUNDS; round += 1) {
      const argv = commands[round % commands.length] ?? [];
      const calls = Object.entries(callsOf.get(argv) ?? {});
      const [operation = '', count = 0] = calls[draw.below(calls.length)] ?? [];
      const call = 1 + draw.below(count);
      fake.reset();
      const program = started(argv, { cwd, env: fake.env });
      await fake.reached(operation, call);
      const signal = SIGNALS[draw.below(SIGNALS.length)] ?? 'SIGINT';
      expect({ round, call: `${operation} ${call}`, ...(await program.end(signal)) }).toMatchObject({
        exitCode: 130,
        stdout: '',
        stderr: expect.stringMatching(/^((note|warning): .*\n)*error: interrupted; nothing was written\n$/),
      });
      expect(await readFile(join(cwd, 'map.yaml'), 'utf8')).toBe(MAP);
    }
  });

  test.each(SIGNALS)('by %s while it waits for an idle pipe, a run ends', async (signal) => {
    const cwd = await scratch({ 'map.yaml': MAP });
    execFileSync('mkfifo', [join(cwd, 'config'), join(cwd, 'inventory')]);
    const program = started(['merge', 'map.yaml', '-c', 'config', '--inventory', 'inventory'], { cwd });
    const config = await open(join(cwd, 'config'), 'w');
    await config.writeFile('accounts: ["222222222222"]\nmappings: [{ permissionSet: Admin, groups: [g] }]\n');
    await config.close();
    // The pipe has a writer that never writes.
    const inventory = await open(join(cwd, 'inventory'), 'w');
    expect(await program.end(signal)).toMatchObject({ exitCode: 130, stdout: '' });
    await inventory.close();
  });

  test('while a credential process hangs, a run ends', async () => {
    const cwd = await scratch();
    const pipe = join(cwd, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await writeFile(join(cwd, 'config'), `[default]\ncredential_process = sh ${join(cwd, 'hang')}\n`);
    await writeFile(join(cwd, 'hang'), `echo $$ > ${pipe}\nexec sleep 60\n`);
    const env = {
      AWS_CONFIG_FILE: join(cwd, 'config'),
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const program = started(['roles', '--account', 'self'], { cwd, env });
    const pid = Number(await readFile(pipe, 'utf8'));
    onTestFinished(() => void process.kill(pid));
    expect(await program.end('SIGINT')).toMatchObject({ exitCode: 130, stdout: '' });
  });

  test('while nobody reads its stdout, a run ends', async () => {
    const cwd = await scratch({
      'map.yaml': MAP.replace('groups', `x: "${'y'.repeat(500_000)}"\n      groups`),
    });
    const env = { PATH: process.env.PATH ?? '' };
    const program = startProgram(['check', '--fix', 'map.yaml'], { cwd, env });
    const stderr = textOf(program.stderr);
    await once(program.stdout ?? program, 'readable');
    program.kill('SIGINT');
    const [exitCode] = await once(program, 'exit');
    expect(exitCode).toBe(130);
    expect(await stderr).toContain('error: interrupted; stdout may be incomplete');
  });
});
