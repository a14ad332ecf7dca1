import fc from 'fast-check';
import { expect } from 'vitest';
import { permissionsOf } from '../../src/page/app/permissions/person-rights.ts';
import { PageQuestion } from '../../src/page/app/permissions/who-can-answer.ts';
import { PageRows } from '../../src/page/decode.ts';
import { throughOf } from '../../src/rbac/model.ts';
import { run } from '../cli/run.ts';
import { Draw } from '../draw.ts';
import { scratch } from '../scratch.ts';
import { argvOf, INPUTS, type PageWorld, pageDataOf, pageWorld } from './worlds.ts';

/** Questions to draw from. */
export const QUESTIONS = [
  ['get secrets'],
  ['get,list secrets', 'create pods/exec'],
  ['create pods'],
  ['bind clusterroles'],
  ['delete *.*'],
  ['get /metrics'],
  ['get secrets named'],
  ['* *.*'],
] as const;

export const seeds = fc.integer({ min: 1, max: 1_000_000 });

const RBAC = ['--rbac', '*=rbac.yaml'];

/** Words of a command line without some options and their values. */
function withoutOptions(argv: readonly string[], ...options: readonly string[]): string[] {
  return argv.filter((word, index) => ![word, argv[index - 1] ?? ''].some((one) => options.includes(one)));
}

function rowNumbers(rows: PageRows): number[] {
  return Array.from({ length: rows.count }, (_, row) => row);
}

/** A page of a world, and what made it. */
async function pageOf(world: PageWorld, argv: readonly string[]) {
  const cwd = await scratch(world.files);
  const { stdout, stderr, exitCode } = await run(['who', ...argv, '-o', 'html'], { cwd });
  expect(exitCode, stderr).toBe(0);
  return { cwd, rows: new PageRows(pageDataOf(stdout)) };
}

/** The rows that answer a question, as `-o json` has them. */
function answered(rows: PageRows, question: PageQuestion) {
  return rowNumbers(rows).flatMap((row) => {
    const { answer, reason, rights } = question.verdict(row);
    if (answer !== 'yes' && answer !== 'unknown') return [];
    const { principal, via, accountId, rolearn, source, cluster, clusterArn } = rows.row(row);
    return [
      {
        principal,
        via,
        accountId,
        rolearn,
        source,
        cluster,
        clusterArn,
        access: answer === 'yes' ? 'granted' : 'unknown',
        reason,
        can: rights?.can ?? [],
        through: [
          ...(rights?.roles ?? []).map((bound) => ({ ...throughOf(bound), ofEverybody: false })),
          ...(rights?.rolesOfEverybody ?? []).map((bound) => ({ ...throughOf(bound), ofEverybody: true })),
        ],
      },
    ];
  });
}

/** Asserts that a page answers a question with the rows of `who --can`. */
export async function expectSameAnswers(
  seed: number,
  can: (typeof QUESTIONS)[number],
  isInNamespace: boolean,
): Promise<void> {
  const world = pageWorld(seed);
  const argv = [...withoutOptions(argvOf(world, seed), '--can', '-n'), '--expand'];
  fc.pre(argv.includes('--rbac') || argv.includes('--cluster'));
  const { cwd, rows } = await pageOf(world, argv);
  const namespace = isInNamespace ? (world.namespaces[0] ?? null) : null;
  const asked = can.flatMap((text) => ['--can', text]);
  const where = namespace === null ? [] : ['-n', namespace];
  const { stdout, stderr, exitCode } = await run(['who', ...argv, ...asked, ...where, '-o', 'json'], {
    cwd,
  });
  expect(exitCode, stderr).toBe(0);
  const found = answered(rows, new PageQuestion(rows, can, namespace));
  const wanted = JSON.parse(stdout).map((row: Record<string, unknown>) => ({
    ...Object.fromEntries(Object.keys(found[0] ?? {}).map((key) => [key, row[key]])),
    ...(found.length > 0 && {
      through: (row.through as Record<string, unknown>[]).map(({ can: _, ...one }) => one),
    }),
  }));
  expect(found).toEqual(wanted);
}

/** Asserts that a page lists the permissions of entries as `explain` does. */
export async function expectSamePermissions(seed: number): Promise<void> {
  const world = pageWorld(seed);
  const argv = [...withoutOptions(argvOf(world, seed), '--can', '-n', '--rbac'), ...RBAC, '--expand'];
  const { cwd, rows } = await pageOf(world, argv);
  const draw = new Draw(seed);
  for (const row of draw.some(rowNumbers(rows), 15).slice(0, 3)) {
    const rights = permissionsOf(rows, row);
    const caller = callerOf(rows, row);
    const { clusterIndex } = rows.entry(rows.index(row, 'entries'));
    const cluster = clusterIndex === null ? undefined : rows.data.clusters[clusterIndex];
    if (!rights || caller === null || !cluster) continue;
    const { file, arn } = cluster;
    const sources = [...(file ? [file.name] : []), ...(arn ? ['--cluster', arn] : [])];
    // With several clusters, the manifests may belong to one of them.
    const known = rights.areBindingsKnown ? RBAC : [];
    const explain = ['explain', ...sources, '--caller', caller, ...known, ...INPUTS, '-o', 'json'];
    const { stdout, exitCode } = await run(explain, { cwd });
    // An entry that names no valid caller.
    if (exitCode === 2) continue;
    const { rights: wanted, alternatives } = JSON.parse(stdout);
    if (alternatives.length > 0 || (wanted === null && rights.isMaster)) continue;
    const found = rights.rows.flatMap(({ namespaces, ...one }) =>
      (namespaces ?? [null]).map((namespace) => ({ namespace, ...one })),
    );
    expect(found, explain.join(' ')).toEqual(wanted ?? []);
  }
}

/** The ARN that calls as the principal of a row; null if it isn't one caller. */
function callerOf(rows: PageRows, row: number): string | null {
  const { principal, rolearn } = rows.row(row);
  if (principal.type === 'ACCOUNT') return null;
  if (principal.type !== 'USER') return rolearn;
  const [, account = '', role = ''] = /^arn:aws:iam::(\d+):role\/(?:.*\/)?([^/]+)$/i.exec(rolearn) ?? [];
  return `arn:aws:sts::${account}:assumed-role/${role}/${principal.name}`;
}
