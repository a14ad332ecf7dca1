import { expect, test } from 'vitest';
import { blocksOf, commandsOf, scriptOf, scripts } from '../pages.ts';
import { appendToMapRoles, loaded, setAwsAuth } from './control.ts';
import { EXAMPLE, NEW_ADMIN, OLD_ADMIN } from './example.ts';
import { openTerminal, type Ran, type Terminal } from './terminal.ts';

const ROUNDS = 40;

/** A block from the pages as a script. */
function scriptWith(part: RegExp): string {
  return (
    scripts()
      .map(scriptOf)
      .find((script) => part.test(script)) ?? ''
  );
}

const CONFIG = '-c examples/aws-auth-sso.yaml';
const GET = 'set -o pipefail; kubectl get configmap aws-auth -n kube-system -o yaml';

test.each([
  ['kubectl replace', scriptWith(/aws-auth-sso merge \| kubectl replace/)],
  ['kubectl apply --server-side', scriptWith(/kubectl apply --server-side/)],
])(`none of ${ROUNDS} raced updates is lost: %s`, async (_, script) => {
  const rounds = await race(script, ROUNDS);
  for (const { ran, mine, theirs } of rounds) {
    expect(theirs).toBe(true);
    expect(mine).toBe(ran.exitCode === 0);
    if (!mine) expect(ran.stderr).toContain('the object has been modified');
  }
  // Proves that there was a race: each side won some rounds.
  const conflicts = rounds.filter(({ mine }) => !mine).length;
  console.log(`${conflicts} conflicts, 0 lost`);
  expect(conflicts).toBeGreaterThan(0);
  expect(conflicts).toBeLessThan(ROUNDS);
});

test(`none of ${ROUNDS} raced updates is lost, and each merge eventually succeeds: the retry recipe`, async () => {
  const rounds = await race(scriptWith(/for attempt in/), ROUNDS);
  for (const { ran, mine, theirs } of rounds) {
    expect({ exitCode: ran.exitCode, mine, theirs }).toEqual({ exitCode: 0, mine: true, theirs: true });
  }
  const retried = rounds.filter(({ ran }) => ran.stderr.includes('(Conflict)')).length;
  console.log(`${retried} retries, 0 lost`);
  expect(retried).toBeGreaterThan(0);
});

test('a race loses an update if the lock was dropped, as the note says', async () => {
  const force = 'kubectl apply --server-side --force-conflicts -f -';
  const rounds = await race(
    `${GET} | aws-auth-sso merge --for apply ${CONFIG} | ${force}`,
    ROUNDS,
    'until lost',
  );
  expect(rounds.at(-1)).toMatchObject({ ran: { exitCode: 0 }, theirs: false });
  expect(rounds.at(-1)?.ran.stderr).toContain('it overwrites concurrent changes');
});

test('a client-side apply checks the resourceVersion but does not send it, so the pages have no such pipeline', async () => {
  await setAwsAuth(EXAMPLE.live);
  const terminal = await openTerminal();
  const { stderr } = await terminal.bash(`${GET} | aws-auth-sso merge ${CONFIG} | kubectl apply -v=9 -f -`);
  const patch = stderr.split('\n').find((line) => line.includes('"Request Body" body="{')) ?? '';
  const body = JSON.parse(JSON.parse(patch.slice(patch.indexOf('body=') + 'body='.length)));
  expect(body).toMatchObject({ data: { mapRoles: expect.stringContaining(NEW_ADMIN) } });
  expect(body.metadata).not.toHaveProperty('resourceVersion');
  const pipelines = blocksOf('console').flatMap(commandsOf);
  expect(
    pipelines.filter((command) => /(?:merge|generate) .*kubectl apply (?!--server-side)/.test(command)),
  ).toEqual([]);
});

interface Round {
  readonly ran: Ran;
  /** True if the script's change, or the other writer's, is in the cluster. */
  readonly mine: boolean;
  readonly theirs: boolean;
}

/** Runs a script while another writer adds an entry, later in each round: from before its start until after its end. */
async function race(script: string, rounds: number, until?: 'until lost'): Promise<Round[]> {
  expect(script).not.toBe('');
  const terminal = await openTerminal();
  // The pages' scripts read the config that `init` writes.
  await terminal.bash('cp examples/aws-auth-sso.yaml .');
  const duration = await durationOf(script, terminal);
  const results: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await setAwsAuth(EXAMPLE.live);
    const other = `arn:aws:iam::111122223333:role/node-group-${round}`;
    const [ran] = await Promise.all([
      terminal.bash(script),
      after((1.1 * duration * round) / (rounds - 1)).then(() =>
        appendToMapRoles(`- rolearn: ${other}\n  username: system:node:x\n  groups: [system:nodes]\n`),
      ),
    ]);
    const arns = (await loaded()).roles.map(({ rolearn }) => rolearn);
    const mine = arns.includes(NEW_ADMIN) && !arns.includes(OLD_ADMIN);
    results.push({ ran, mine, theirs: arns.includes(other) });
    if (until && !arns.includes(other)) break;
  }
  return results;
}

async function durationOf(script: string, terminal: Terminal): Promise<number> {
  await setAwsAuth(EXAMPLE.live);
  const start = performance.now();
  await terminal.bash(script);
  return performance.now() - start;
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
