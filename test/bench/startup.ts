import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { spawnFakeAws } from '../fake-aws/spawn.ts';
import { markdownTable, median, number, type Report, type Target } from './benchmark.ts';

const ROUNDS = 20;
/** Processor time and memory vary little. */
const USAGE_ROUNDS = 7;

const SETS = ['Admin', 'Developer', 'ReadOnly'];
const ACCOUNTS = Array.from({ length: 10 }, (_, index) => String(222_222_222_220 + index));

const [ACCOUNT = ''] = ACCOUNTS;
const WORLD = {
  accounts: [{ id: ACCOUNT }],
  permissionSets: SETS,
  users: ['ada'],
  assignments: SETS.map((permissionSet) => ({ account: ACCOUNT, permissionSet, user: 'ada' })),
};

interface Command {
  readonly name: string;
  /** Start of a bare Node. */
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Limits: the ratio of its time and of its memory to a bare Node's, and the milliseconds in addition to
   * the command before it.
   */
  readonly most: { readonly time?: number; readonly memory?: number; readonly more?: number };
}

/** The median cost of a command. */
interface Usage {
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** The cost to start and install: commands over a bare Node, in turns, so that other load affects all equally. */
export async function benchmarkStartup(root: URL): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'startup-'));
  const fake = await spawnFakeAws(
    { input: WORLD },
    {},
    fileURLToPath(new URL('test/fake-aws/spawned.ts', root)),
  );
  try {
    // A CA bundle would load the same modules as a proxy.
    const env = { ...process.env, ...fake.env, AWS_CA_BUNDLE: '' };
    const commands = commandsOf(fileURLToPath(new URL('bin/aws-auth-sso.js', root)), fake.url);
    await writeInputs(root, folder, commands, env);
    const usages = await measure(commands, folder, env);
    return { text: tableOf(commands, usages), targets: [...targetsOf(commands, usages), ...sizes(root)] };
  } finally {
    await fake.close();
    await rm(folder, { recursive: true });
  }
}

/**
 * The first is the baseline of the others.
 * @param url of the fake, which accepts proxy requests too
 */
function commandsOf(program: string, url: string): Command[] {
  const maps = SETS.flatMap((set) => ['--map', `${set}=${set.toLowerCase()}`]);
  const merge = ['aws-auth.yaml', ...maps, '--all-accounts', '--inventory', 'snapshot.json'];
  const generate = ['--map', 'Admin=admin', '--account', ACCOUNT, '--no-nodes'];
  return [
    { name: 'node -e 0', argv: ['-e', '0'], most: {} },
    { name: '--version', argv: [program, '--version'], most: { time: 1.2 } },
    { name: 'merge of 30 entries', argv: [program, 'merge', ...merge], most: { time: 1.55, memory: 1.45 } },
    { name: 'check', argv: [program, 'check', 'merged.yaml'], most: { time: 1.5 } },
    { name: 'view', argv: [program, 'view', 'merged.yaml'], most: { time: 1.45 } },
    { name: 'generate for one account', argv: [program, 'generate', ...generate], most: { time: 2.4 } },
    {
      name: 'generate through a proxy',
      argv: [program, 'generate', ...generate],
      env: { HTTP_PROXY: url },
      most: { more: 20 },
    },
  ];
}

/** A ConfigMap, a snapshot, and the ConfigMap with 30 entries from the snapshot. */
async function writeInputs(
  root: URL,
  folder: string,
  commands: readonly Command[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const roles = ACCOUNTS.flatMap((id) => SETS.map((set) => role(id, set)));
  const world = inventory(
    ACCOUNTS.map((id) => account(id)),
    roles,
    { capturedAt: new Date().toISOString() },
  );
  await writeFile(join(folder, 'snapshot.json'), snapshotText(world));
  await writeFile(join(folder, 'aws-auth.yaml'), await readFile(new URL('examples/aws-auth.yaml', root)));
  await writeFile(join(folder, 'usage.cjs'), TELL_USAGE);
  const merge = commands.find(({ name }) => name.startsWith('merge'))?.argv ?? [];
  const merged = execFileSync(process.execPath, [...merge, '--quiet'], { cwd: folder, env });
  await writeFile(join(folder, 'merged.yaml'), merged);
}

/** Loaded into the program, which reports its own usage: only the process itself can read it on every system. */
const TELL_USAGE = `process.on('exit', () =>
  require('node:fs').writeFileSync('usage.json', JSON.stringify(process.resourceUsage())));`;

/** A process inherits the peak of the process that forked it, which would be this one. */
const IN_A_SMALL_SHELL = ['-c', '"$@"; exit $?', 'sh'];

async function measure(
  commands: readonly Command[],
  cwd: string,
  shared: NodeJS.ProcessEnv,
): Promise<Usage[]> {
  const times = commands.map((): number[] => []);
  const usages = commands.map((): NodeJS.ResourceUsage[] => []);
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [index, { argv, env: own }] of commands.entries()) {
      const env = { ...shared, ...own };
      const start = performance.now();
      const { status } = spawnSync(process.execPath, argv, { cwd, env });
      if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}`);
      if (round >= 0) times[index]?.push(performance.now() - start);
      if (round < 0 || round >= USAGE_ROUNDS) continue;
      spawnSync('sh', [...IN_A_SMALL_SHELL, process.execPath, '--require', './usage.cjs', ...argv], {
        cwd,
        env,
      });
      usages[index]?.push(JSON.parse(await readFile(join(cwd, 'usage.json'), 'utf8')));
    }
  }
  return times.map((taken, index) => ({
    ms: median(taken),
    cpuMs: median(usages[index]?.map(({ userCPUTime, systemCPUTime }) => userCPUTime + systemCPUTime)) / 1000,
    peakMb: (median(usages[index]?.map(({ maxRSS }) => maxRSS)) * 1024) / 1e6,
  }));
}

/** Each command's value over the value of a bare Node. */
function ratios(usages: readonly Usage[], figure: keyof Usage): number[] {
  return usages.map((usage) => usage[figure] / (usages[0]?.[figure] ?? Number.NaN));
}

function tableOf(commands: readonly Command[], usages: readonly Usage[]): string {
  const [time, cpu, memory] = (['ms', 'cpuMs', 'peakMb'] as const).map((figure) => ratios(usages, figure));
  const rows = usages.map(({ ms, cpuMs, peakMb }, index) => [
    commands[index]?.name ?? '',
    `${Math.round(ms)} ms`,
    number(time?.[index] ?? 0),
    `${Math.round(cpuMs)} ms`,
    number(cpu?.[index] ?? 0),
    `${Math.round(peakMb)} MB`,
    number(memory?.[index] ?? 0),
  ]);
  return markdownTable(['command', 'wall time', 'ratio', 'CPU', 'ratio', 'peak memory', 'ratio'], rows);
}

function targetsOf(commands: readonly Command[], usages: readonly Usage[]): Target[] {
  const [times, memories] = [ratios(usages, 'ms'), ratios(usages, 'peakMb')];
  const moreThanBefore = (index: number) => (usages[index]?.ms ?? 0) - (usages[index - 1]?.ms ?? 0);
  return commands.flatMap(({ name, most: { time, memory, more } }, index) => [
    ...(time === undefined ? [] : [{ name: `${name}, wall time`, measured: times[index] ?? 0, most: time }]),
    ...(memory === undefined
      ? []
      : [{ name: `${name}, memory`, measured: memories[index] ?? 0, most: memory }]),
    ...(more === undefined
      ? []
      : [{ name: `${name}, beyond directly`, measured: moreThanBefore(index), most: more, unit: 'ms' }]),
  ]);
}

function sizes(root: URL): Target[] {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: fileURLToPath(root),
    encoding: 'utf8',
  });
  const [{ size, unpackedSize }] = JSON.parse(packed);
  return [
    { name: 'tarball', measured: Math.round(size / 1000), most: 800, unit: 'KB' },
    { name: 'installed', measured: unpackedSize / 1e6, most: 3, unit: 'MB' },
  ];
}
