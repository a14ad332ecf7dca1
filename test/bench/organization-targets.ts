import type { Target } from './benchmark.ts';
import { type AwsRun, callCount, throttleCount } from './fake-organization.ts';
import { type Row, sizeText } from './organization-table.ts';

const ACCOUNTS_PER_PAGE = 20;

/** No more calls than the plan needs, except throttled ones, and no time lost between calls. */
export function namesTargets({ question, run, idealMs }: Row, most: number): Target[] {
  const what = `${question}, ${sizeText(run.size)}`;
  return [
    { name: `${what}: calls that are not needed`, measured: needlessCalls(run), most: 0 },
    { name: `${what}: wall time over its bound`, measured: run.wallMs / (idealMs ?? 0), most },
  ];
}

/** The time to find the accounts of a unit. */
export function unitTarget({ byUnit, byId }: { readonly byUnit: Row; readonly byId: Row }): Target {
  const measured = Math.max(0, byUnit.run.wallMs - byId.run.wallMs);
  return { name: `${byUnit.question}: beyond that of its accounts by ID`, measured, most: 1000, unit: 'ms' };
}

function needlessCalls({ size: { accounts }, calls, throttled }: AwsRun): number {
  const needed: Readonly<Record<string, number>> = {
    'sts.GetCallerIdentity': 1,
    'sts.AssumeRole': accounts - 1,
    'iam.ListRoles': accounts,
    'organizations.ListAccounts': Math.ceil(accounts / ACCOUNTS_PER_PAGE),
  };
  return Object.entries(calls).reduce(
    (sum, [name, count]) => sum + Math.max(0, count - (throttled[name] ?? 0) - (needed[name] ?? 0)),
    0,
  );
}

/** Ten times the accounts take ten times as long, with the same memory. */
export function scaleTargets(small: AwsRun, large: AwsRun): Target[] {
  const growth = large.size.accounts / small.size.accounts;
  const what = `role names, ${sizeText(large.size)}`;
  const against = `per account over that of ${small.size.accounts} accounts`;
  return [
    { name: `${what}: peak memory`, measured: Math.round(large.peakMb), most: 200, unit: 'MB' },
    { name: `${what}: wall time ${against}`, measured: large.wallMs / small.wallMs / growth, most: 1.1 },
    { name: `${what}: CPU time ${against}`, measured: large.cpuMs / small.cpuMs / growth, most: 1.1 },
  ];
}

/** Few calls for people too, as fast as the longest of their queues. */
export function peopleTargets({ question, run, idealMs }: Row): Target[] {
  const what = `${question}, ${sizeText(run.size)}`;
  const calls = callCount(run, 'sso-admin.') + callCount(run, 'identitystore.');
  return [
    { name: `${what}: sso-admin and Identity Store calls`, measured: calls, most: 260 },
    { name: `${what}: throttled answers`, measured: throttleCount(run), most: 0 },
    { name: `${what}: wall time over the longest queue`, measured: run.wallMs / (idealMs ?? 0), most: 1.1 },
  ];
}

export function sameResultTarget(plain: Row, faulty: Row): Target {
  const [lines, others] = [plain, faulty].map(({ run }) => run.stdout.split('\n'));
  const count = Math.max(lines?.length ?? 0, others?.length ?? 0);
  const different = Array.from({ length: count }, (_, at) => lines?.[at] !== others?.[at]).filter(Boolean);
  const name = `${faulty.question}, ${sizeText(faulty.run.size)}: lines that differ`;
  return { name, measured: different.length, most: 0 };
}
