import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { clusterOf } from '../check/check-case.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { commandsFor, saidBy, WORLDS } from './old-snapshot.ts';
import { run } from './run.ts';

/** One in so many commands of each world; `npm run test:long` runs all. */
const SHARE = 10;

describe('what exists according to a snapshot', () => {
  test.each(Object.entries(WORLDS).map(([name, world], index) => ({ name, world, index })))(
    'has its date, and an old one has no advice to remove: $name',
    async ({ world, index }) => {
      const commands = commandsFor(world).filter((_, at) => at % SHARE === index % SHARE);
      expect(await saidBy(world, commands)).toMatchObject({ undated: [], advice: [] });
    },
  );
});

describe('two snapshots', () => {
  const [OURS, THEIRS] = ['111122223333', '222233334444'];
  const roleOf = (id: string) => role(id, 'Dev', 2);

  /** Each has an account in which the role of the first suffix is gone, and the second one a cluster of the first. */
  async function check(argv: readonly string[], now: string): Promise<string> {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(now) });
    onTestFinished(() => void vi.useRealTimers());
    const stale = [OURS, THEIRS].map((id) => role(id, 'Dev', 1).roleArn);
    const entry = { principalArn: role(OURS, 'Dev', 1).pathArn, createdAt: '2026-02-01T00:00:00.000Z' };
    const clusters = [clusterOf(JSON.stringify({ name: 'prod', accessEntries: [entry] }))];
    const cwd = await scratch({
      'map.yaml': stale.map((arn) => `- rolearn: ${arn}\n  username: a\n  groups: [b]\n`).join(''),
      'old.json': snapshotText(
        inventory([account(OURS)], [roleOf(OURS)], { capturedAt: '2026-11-20T12:00:00.000Z' }),
      ),
      'new.json': snapshotText(
        inventory([account(THEIRS)], [roleOf(THEIRS)], { capturedAt: '2026-11-30T09:30:00.000Z', clusters }),
      ),
    });
    const files = ['--inventory', 'old.json', '--inventory', 'new.json'];
    const { stdout } = await run(['check', 'map.yaml', ...argv, '-o', 'json', ...files], { cwd });
    return stdout;
  }

  /** The message and next step of a finding about an account. */
  function about(id: string, stdout: string, rule: string): { message: string; help: string; fix: string } {
    const { findings } = JSON.parse(stdout) as {
      findings: { rule: string; message: string; help: string; fix: string }[];
    };
    const found = findings.find((one) => one.rule === rule && one.message.includes(`::${id}:`));
    return found ?? { message: '', help: '', fix: '' };
  }

  test('each have their own date, and only the recent one advises to replace', async () => {
    const stdout = await check([], '2026-11-30T12:00:00.000Z');
    const [ours, theirs] = [OURS, THEIRS].map((id) => about(id, stdout, 'stale-role'));
    expect(ours?.message).toContain(', as of 2026-11-20 12:00 UTC; if that is still so, ');
    expect(ours).toMatchObject({ help: expect.stringMatching(/^The snapshot is old\./), fix: 'none' });
    expect(theirs?.message).toContain(', as of 2026-11-30 09:30 UTC; this entry never matches');
    expect(theirs).toMatchObject({ help: `Write ${roleOf(THEIRS).roleArn}`, fix: 'access' });
  });

  test('count as recent up to --max-age', async () => {
    const stdout = await check(['--max-age', '11d'], '2026-11-30T12:00:00.000Z');
    expect(about(OURS, stdout, 'stale-role')).toMatchObject({ help: `Write ${roleOf(OURS).roleArn}` });
  });

  test('of a cluster and of its roles: the older one counts', async () => {
    const stdout = await check(['--cluster', 'prod'], '2026-11-30T12:00:00.000Z');
    const orphan = about(OURS, stdout, 'orphan-access-entry');
    expect(orphan.message).toContain(', as of 2026-11-20 12:00 UTC; if that is still so, ');
    expect(orphan.help).toMatch(/^The snapshot is old\./);
  });
});
