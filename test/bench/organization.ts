import { CONCURRENCY } from '../../src/inventory/connection.ts';
import type { Report } from './benchmark.ts';
import {
  type AwsRun,
  callCount,
  LATENCY_MS,
  longestQueue,
  runOnFakeAws,
  type Size,
} from './fake-organization.ts';
import { estimateNaivePlan } from './naive.ts';
import { organizationTable, type Row } from './organization-table.ts';
import { namesTargets, peopleTargets, sameResultTarget, scaleTargets } from './organization-targets.ts';

const SMALL: Size = { accounts: 201, permissionSets: 30 };
const PEOPLE: Size = { ...SMALL, users: 100, groups: 60, groupsPerUser: 1 };
const MIDDLE: Size = { accounts: 500, permissionSets: 10 };
const LARGE: Size = { accounts: 1000, permissionSets: 30 };
const LARGEST: Size = { accounts: 5000, permissionSets: 10 };

/** Runs of a question, of which the median counts; one where it takes half a minute. */
const ROUNDS = 3;
const FAULT_RATE = 0.1;
const WITH_FAULTS = ', 10 % of answers failing';
const SSO_ADMIN_PER_SECOND = 20;

/** Organizations of several sizes on the fake AWS, and the same question put naively. */
export async function benchmarkOrganization(root: URL): Promise<Report> {
  const small = await askNames(root, SMALL);
  const middle = await askNames(root, MIDDLE);
  const large = await askNames(root, LARGE);
  const largest = await askNames(root, LARGEST);
  const largeFaulty = await askNames(root, LARGE, FAULT_RATE);
  const people = await askPeople(root, PEOPLE);
  // Both are idle nearly all the time, and so do not slow each other down.
  const naive = await Promise.all([LARGE, LARGEST].map((size) => estimateNaivePlan(root, size)));
  return {
    text: organizationTable([small, middle, large, largest, largeFaulty, people], naive),
    targets: [
      ...namesTargets(large),
      ...namesTargets(largest),
      ...scaleTargets(middle.run, largest.run),
      ...peopleTargets(people),
      sameResultTarget(large, largeFaulty),
    ],
  };
}

/** All provisioned roles, as the built program prints them. */
async function askNames(root: URL, size: Size, faultRate = 0): Promise<Row> {
  const argv = ['roles', '--all-accounts', '-o', 'json'];
  const program = new URL('bin/aws-auth-sso.js', root);
  const ask = () => runOnFakeAws(root, size, program, argv, faultRate);
  if (faultRate > 0) return { question: `role names${WITH_FAULTS}`, run: await ask(), idealMs: null };
  const run = await median(size.accounts > LARGE.accounts ? 1 : ROUNDS, ask);
  return { question: 'role names', run, idealMs: (callCount(run) * LATENCY_MS) / CONCURRENCY };
}

/** The groups and users behind all provisioned roles, as the built program prints them. */
async function askPeople(root: URL, size: Size): Promise<Row> {
  const argv = ['roles', '--all-accounts', '--principals', '-o', 'json'];
  const program = new URL('bin/aws-auth-sso.js', root);
  const run = await median(ROUNDS, () => runOnFakeAws(root, size, program, argv));
  return { question: 'groups and users', run, idealMs: (longestQueue(run) / SSO_ADMIN_PER_SECOND) * 1000 };
}

/** The run of the median wall time. */
async function median(rounds: number, ask: () => Promise<AwsRun>): Promise<AwsRun> {
  const runs = [await ask()];
  while (runs.length < rounds) runs.push(await ask());
  const [middle] = runs.sort((one, other) => one.wallMs - other.wallMs).slice(Math.floor(rounds / 2));
  return middle ?? ask();
}
