import { buildWorld } from '../fake-aws/build-world.ts';
import type { Fault } from '../fake-aws/fault.ts';
import { startFakeAws } from '../fake-aws/server.ts';
import { callName } from '../fake-aws/wire/call.ts';
import { FAULTS } from '../fault-matrix/faults.ts';
import { SCENES, type Scene, scene } from '../fault-matrix/scenes.ts';
import { someOf } from './command-lines.ts';
import type { Comparison } from './comparison.ts';
import type { Outcome, Program } from './program.ts';

const ON_CLUSTER = '--cluster arn:aws:eks:eu-west-1:222222222222:cluster/prod';
const CALLER = '--caller arn:aws:sts::222222222222:assumed-role/deploy/ada';
/** Command lines in addition to those of the fault matrix, in the same world. */
const LINES = `
who map.yaml --group Platform --expand -o csv
who map.yaml ${ON_CLUSTER} -o wide
check map.yaml --aws
check ${ON_CLUSTER}
check map.yaml --aws --fix-access --account prod
explain map.yaml --aws
explain map.yaml --aws ${CALLER} -o json
explain map.yaml ${CALLER} ${ON_CLUSTER}
merge map.yaml --map Admin=system:masters --map user:bob=b --all-sets --allow-shared --ou Workloads
diff map.yaml -c config.yaml --strict -o json
diff map.yaml -c config.yaml --prune --debug
generate -c config.yaml --no-nodes --comments --sso-region eu-west-1
access-entries --from map.yaml ${ON_CLUSTER} --nodes --import -o terraform
access-entries -c config.yaml ${ON_CLUSTER}
roles --account self --account prod -o wide
roles --all-accounts --unassigned --by account
roles --all-accounts --exclude-account sandbox --skip-unreadable * --permission-set A* --expand --quiet
init --all-accounts -c -
init --from map.yaml --account prod -c new.yaml
snapshot map.yaml
snapshot --account prod ${ON_CLUSTER} --progress
`;
/** With several calls in parallel, chance decides which one meets a fault first and ends the run. */
const ATTEMPTS = 5;

interface Answered extends Outcome {
  /** Operations that were called. */
  readonly calls: readonly string[];
}

/**
 * Compares command lines that call AWS: their calls and, if few run in parallel, the outcome of a fault of each operation.
 * @param faults of each operation, all in turn
 */
export async function compareCalls(comparison: Comparison, faults: number): Promise<void> {
  const more = LINES.trim()
    .split('\n')
    .map((line) => scene(...line.split(' ')));
  let struck = 0;
  for (const one of [...Object.values(SCENES).flat(), ...more]) {
    const operations = await compareScene(comparison, one, 'no fault');
    for (const operation of one.world === scene().world ? operations : [])
      for (const [name, fault] of someOf(Object.entries(FAULTS), faults, struck++))
        await compareScene(comparison, one, `${operation}: ${name}`, () => ({ ...fault(), operation }));
    console.log(`${one.argv.join(' ')}: ${comparison.summary()}`);
  }
}

/**
 * Runs both programs once; they must do the same.
 * @returns operations that were called
 */
async function compareScene(
  comparison: Comparison,
  one: Scene,
  name: string,
  fault?: () => Fault,
): Promise<ReadonlySet<string>> {
  const seen = { before: new Set<string>(), after: new Set<string>() };
  for (let attempt = 1; ; attempt += 1) {
    const [before, after] = await Promise.all([
      ask(comparison.old, one, fault),
      ask(comparison.new, one, fault),
    ]);
    seen.before.add(before.text);
    seen.after.add(after.text);
    const isSame = seen.before.has(after.text) || seen.after.has(before.text);
    if (!isSame && attempt < ATTEMPTS) continue;
    comparison.calls += after.calls.length;
    comparison.count(name, one.files, one, before, isSame ? before : after);
    return new Set(after.calls);
  }
}

/** Runs a command line with its own AWS. Without a fault, the calls are part of the outcome; simultaneous calls have no order. */
async function ask(
  program: Program,
  { argv, files, world, callerAccountId }: Scene,
  fault?: () => Fault,
): Promise<Answered> {
  const calls: string[] = [];
  const texts: string[] = [];
  const fake = await startFakeAws(buildWorld(world), {
    ...(callerAccountId !== undefined && { callerAccountId }),
    onCall: (call) => {
      calls.push(callName(call));
      texts.push(`${callName(call)} ${call.region} ${call.caller.arn} ${JSON.stringify(call.input)}\n`);
    },
  });
  if (fault) fake.inject(fault());
  const [outcome] = await program.outcomesOf({ files, runs: [{ argv, env: fake.env }] });
  await fake.close();
  const { exitCode = -1, text = '' } = outcome ?? {};
  return { exitCode, text: fault ? text : `${text}--- calls\n${texts.sort().join('')}`, calls };
}
