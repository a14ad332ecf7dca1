import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseDuration } from '../../src/cli/option-values.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

describe('a duration', () => {
  test.each([
    ['0s', 0],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1d12h', 129_600_000],
    ['1d1h1m1s', 90_061_000],
  ])('%s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

  test.each(['', '5', 'h', '5w', '1.5h', '-1h', '1h ', '1h x', '24H'])('%j is invalid', (text) => {
    expect(() => parseDuration(text)).toThrow(`invalid duration "${text}"`);
  });
});

describe('a snapshot at exactly the maximum age', () => {
  const PROD = '111122223333';
  const CAPTURED = Date.parse('2026-11-01T00:00:00.000Z');
  const HOUR = 3_600_000;
  const [OLD, NEW] = [role(PROD, 'Admin', 1), role(PROD, 'Admin', 2)];
  const STDIN = `- rolearn: ${OLD.roleArn}\n  username: "sso:{{SessionName}}"\n  groups:\n    - "a"\n`;

  async function at(age: number, argv: readonly string[]): Promise<string> {
    const world = inventory([account(PROD, 'prod')], [NEW], { capturedAt: new Date(CAPTURED).toISOString() });
    const cwd = await scratch({ 'aws.json': snapshotText(world) });
    const clock = vi.spyOn(Date, 'now').mockReturnValue(CAPTURED + age);
    onTestFinished(() => clock.mockRestore());
    const { stdout } = await run([...argv, '--inventory', 'aws.json'], { cwd, stdin: STDIN });
    return stdout;
  }

  test.each([
    ['merge', ['merge', '--map', 'Admin=a', '--account', PROD]],
    ['check', ['check', '--fix-access']],
  ])('still rotates with %s, but not a moment later', async (_, argv) => {
    const rotated = STDIN.replace(OLD.roleArn, NEW.roleArn);
    expect(await at(24 * HOUR, argv)).toBe(rotated);
    expect(await at(24 * HOUR + 1, argv)).toContain(OLD.roleArn);
    expect(await at(2 * HOUR, [...argv, '--max-age', '2h'])).toBe(rotated);
    expect(await at(2 * HOUR + 1, [...argv, '--max-age', '2h'])).toContain(OLD.roleArn);
  });
});

describe('the age of an example snapshot', () => {
  const merge = ['merge', 'aws-auth.yaml', '--quiet', '-c', 'aws-auth-sso.yaml'];
  const STALE = 'AWSReservedSSO_ClusterAdmin_00aa11bb22cc33dd';

  test("doesn't count, and a note says so", async () => {
    const { stdout, stderr } = await run([...merge, '--inventory', 'inventory.json'], { cwd: 'examples' });
    expect(stdout).toContain('AWSReservedSSO_ClusterAdmin_c3402ddbb14af723');
    expect(stdout).not.toContain(STALE);
    expect(stderr).toBe('');
    const { stderr: noted } = await run(['roles', '--inventory', 'inventory.json'], { cwd: 'examples' });
    expect(noted).toContain('note: this snapshot is an example, so it never counts as old\n');
  });

  test('counts next to a snapshot that is none', async () => {
    const other = inventory([account('999900001111', 'other')], [], {
      capturedAt: '2026-11-01T00:00:00.000Z',
    });
    const cwd = await scratch({ 'other.json': snapshotText(other) });
    const argv = [...merge, '--inventory', 'inventory.json', '--inventory', `${cwd}/other.json`];
    const { stdout, stderr } = await run(argv, { cwd: 'examples' });
    expect(stdout).toContain(STALE);
    expect(stderr).toContain('too old to tell');
  });
});
