import { largeWorld } from '../fake-aws/large-world.ts';
import { AWS_RATES, type Rates, scaledRates } from '../fake-aws/rate.ts';
import type { Report } from './benchmark.ts';
import {
  type AwsRun,
  type Conditions,
  idealMs,
  longestQueue,
  runOnFakeAws,
  type Size,
  worldOf,
} from './fake-organization.ts';
import { estimateNaivePlan } from './naive.ts';
import { organizationTable, type Row } from './organization-table.ts';
import {
  namesTargets,
  peopleTargets,
  sameResultTarget,
  scaleTargets,
  unitTarget,
} from './organization-targets.ts';

const SMALL: Size = { accounts: 201, permissionSets: 30 };
const PEOPLE: Size = { ...SMALL, users: 100, groups: 60, groupsPerUser: 1 };
/** All accounts but the management account are in a unit five levels deep. */
const DEEP: Size = { ...SMALL, unitLevel: 5 };
const MIDDLE: Size = { accounts: 500, permissionSets: 10 };
const LARGE: Size = { accounts: 1000, permissionSets: 30 };
const LARGEST: Size = { accounts: 5000, permissionSets: 10 };

/** Runs per question, to take the median; only one if it takes half a minute. */
const ROUNDS = 3;
const SSO_ADMIN_PER_SECOND = 20;

/** No limit for the list of accounts: it would hide all other limits. */
const { 'organizations.ListAccounts': _, ...FREE_LISTING } = AWS_RATES;
const FREE: Partial<Conditions> = { rates: FREE_LISTING };
const FAR: Partial<Conditions> = { latencyMs: { sts: 80, iam: 250, organizations: 250 } };
const HALF: Rates = { ...scaledRates(AWS_RATES, 0.5), sts: { perSecond: 150 } };

/** Organizations of several sizes on the fake AWS, and the naive plan for the same question. */
export async function benchmarkOrganization(root: URL): Promise<Report> {
  const names = (size: Size, question: string, conditions?: Partial<Conditions>) =>
    askNames(root, size, question, conditions);
  const small = await names(SMALL, 'role names', FREE);
  const middle = await names(MIDDLE, 'role names', FREE);
  const large = await names(LARGE, 'role names', FREE);
  const largest = await names(LARGEST, 'role names', FREE);
  const far = await names(LARGE, 'role names, STS 80 ms, IAM and Organizations 250 ms', FAR);
  const usual = await names(LARGE, "role names, AWS's rate of ListAccounts");
  const half = await names(LARGE, 'role names, half of all rates', { rates: HALF });
  const faulty = await names(LARGE, 'role names, 10 % of answers failing', { faultRate: 0.1 });
  const unit = await askUnit(root);
  const people = await askPeople(root, PEOPLE);
  // Both are idle nearly all the time, so they don't slow each other down.
  const naive = await Promise.all([LARGE, LARGEST].map((size) => estimateNaivePlan(root, size)));
  return {
    text: organizationTable(
      [small, middle, large, largest, far, usual, half, faulty, unit.byUnit, unit.byId, people],
      naive,
    ),
    targets: [
      ...namesTargets(large, 1.2),
      ...namesTargets(largest, 1.2),
      ...namesTargets(far, 1.1),
      ...namesTargets(usual, 1.2),
      ...namesTargets(half, 1.3),
      ...scaleTargets(middle.run, largest.run),
      unitTarget(unit),
      ...peopleTargets(people),
      ...[far, usual, half, faulty].map((row) => sameResultTarget(large, row)),
    ],
  };
}

/** All provisioned roles, printed by the built program. */
async function askNames(
  root: URL,
  size: Size,
  question: string,
  conditions: Partial<Conditions> = {},
): Promise<Row> {
  const ask = () => rolesOf(root, size, ['--all-accounts'], conditions);
  if (conditions.faultRate) return { question, run: await ask(), idealMs: null };
  const run = await median(size.accounts > LARGE.accounts ? 1 : ROUNDS, ask);
  return { question, run, idealMs: idealMs(run) };
}

/** Roles of the accounts in that unit, selected by the unit's ID, and by the accounts' IDs. */
async function askUnit(root: URL): Promise<{ readonly byUnit: Row; readonly byId: Row }> {
  const { units, accounts } = largeWorld(worldOf(DEEP));
  const { id } = units.find(({ name }) => name === 'unit-4') ?? { id: '' };
  const ids = accounts.filter(({ parentId }) => parentId === id).map((account) => account.id);
  const ask = async (question: string, scope: readonly string[]) => {
    const run = await median(ROUNDS, () => rolesOf(root, DEEP, scope));
    return { question, run, idealMs: null };
  };
  return {
    byUnit: await ask('role names of a unit five levels deep, by its ID', ['--ou', id]),
    byId: await ask(
      'the same accounts by their ids',
      ids.flatMap((account) => ['--account', account]),
    ),
  };
}

/** Groups and users of all provisioned roles, printed by the built program. */
async function askPeople(root: URL, size: Size): Promise<Row> {
  const run = await median(ROUNDS, () => rolesOf(root, size, ['--all-accounts', '--principals']));
  return { question: 'groups and users', run, idealMs: (longestQueue(run) / SSO_ADMIN_PER_SECOND) * 1000 };
}

function rolesOf(
  root: URL,
  size: Size,
  argv: readonly string[],
  conditions: Partial<Conditions> = {},
): Promise<AwsRun> {
  const program = new URL('bin/aws-auth-sso.js', root);
  return runOnFakeAws(root, size, program, ['roles', ...argv, '-o', 'json'], conditions);
}

/** The run with the median wall time. */
async function median(rounds: number, ask: () => Promise<AwsRun>): Promise<AwsRun> {
  const runs = [await ask()];
  while (runs.length < rounds) runs.push(await ask());
  const [middle] = runs.sort((one, other) => one.wallMs - other.wallMs).slice(Math.floor(rounds / 2));
  return middle ?? ask();
}
