import { expect, test } from 'vitest';
import { type Ran, runWithEnvironment } from '../cli/run.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import { scratch } from '../scratch.ts';
import { isBelievable } from './believable.ts';
import { FAULTS } from './faults.ts';
import { type Command, SCENES, type Scene } from './scenes.ts';

/** The outcome of one command line while every answer of an operation has a fault. */
type Outcome = 'same' | 'refused' | 'believed' | 'wrong';

/**
 * For each command line, every operation that it calls meets every fault. The outcome is the same as without the fault,
 * or the run fails with nothing on stdout.
 */
export function testMatrix(command: Command): void {
  for (const scene of SCENES[command])
    test(`aws-auth-sso ${scene.argv.join(' ')}`, async () => {
      const fake = await fakeAwsOf(scene);
      const cwd = await scratch(scene.files);
      const clean = await runWithEnvironment(scene.argv, { cwd });
      expect([clean.exitCode, clean.stderr], 'without a fault').toEqual([
        clean.exitCode === 1 ? 1 : 0,
        expect.any(String),
      ]);
      const operations = Object.keys(fake.calls).sort();
      const counts: Record<Outcome, number> = { same: 0, refused: 0, believed: 0, wrong: 0 };
      const wrong: string[] = [];
      for (const operation of operations)
        for (const fault of Object.keys(FAULTS)) {
          const ran = await withFault(fake, operation, fault, scene, cwd);
          const outcome = outcomeOf(ran, clean, operation, fault);
          counts[outcome] += 1;
          if (outcome === 'wrong')
            wrong.push(`${operation}: ${fault}: exit ${ran.exitCode}\n${differenceOf(ran, clean)}`);
        }
      console.log(`${scene.argv.join(' ')}: ${operations.length} operations, ${JSON.stringify(counts)}`);
      if (wrong.length > 0) console.log(wrong.join('\n\n'));
      expect(wrong).toEqual([]);
    });
}

/** The operations that all commands' command lines call. */
export async function calledOperations(): Promise<string[]> {
  const called = new Set<string>();
  for (const scene of Object.values(SCENES).flat()) {
    const fake = await fakeAwsOf(scene);
    await runWithEnvironment(scene.argv, { cwd: await scratch(scene.files) });
    for (const name of Object.keys(fake.calls)) called.add(name.split('.')[1] ?? '');
  }
  return [...called].sort();
}

function fakeAwsOf({ world, callerAccountId }: Scene): Promise<FakeAws> {
  return fakeAwsForTest(world, callerAccountId === undefined ? {} : { callerAccountId });
}

async function withFault(
  fake: FakeAws,
  operation: string,
  fault: string,
  { argv }: Scene,
  cwd: string,
): Promise<Ran> {
  fake.reset();
  const made = FAULTS[fault]?.();
  if (made) fake.inject({ ...made, operation });
  return runWithEnvironment(argv, { cwd });
}

function outcomeOf(ran: Ran, clean: Ran, operation: string, fault: string): Outcome {
  if (ran.exitCode === 2 || ran.exitCode === 3)
    return ran.stdout === '' && /^error: /m.test(ran.stderr) ? 'refused' : 'wrong';
  if (ran.exitCode === clean.exitCode && timeless(ran.stdout) === timeless(clean.stdout)) return 'same';
  const isExit = ran.exitCode === 0 || ran.exitCode === 1;
  return isExit && isBelievable(operation, fault, ran.stderr) ? 'believed' : 'wrong';
}

function timeless(stdout: string): string {
  return stdout.replace(/"(capturedAt|asOf)": "[^"]*"/g, '"$1": ""');
}

function differenceOf(ran: Ran, clean: Ran): string {
  const known = new Set(clean.stdout.split('\n'));
  const now = new Set(ran.stdout.split('\n'));
  const more = [...now].filter((line) => !known.has(line)).map((line) => `+ ${line}`);
  const less = [...known].filter((line) => !now.has(line)).map((line) => `- ${line}`);
  return [...less.slice(0, 6), ...more.slice(0, 6), ran.stderr.slice(0, 600)].join('\n');
}
