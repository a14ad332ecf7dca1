import { markdownTable, number } from './benchmark.ts';
import { type AwsRun, callCount, type Size, throttleCount } from './fake-organization.ts';
import type { NaiveEstimate } from './naive.ts';

/** A run, its question, and the minimum time of its calls (null: not shown). */
export interface Row {
  readonly question: string;
  readonly run: AwsRun;
  readonly idealMs: number | null;
}

const HEAD = [
  'question',
  'accounts × sets',
  'calls',
  'wall time',
  'over ideal',
  'CPU',
  'peak memory',
  'throttled',
];

export function organizationTable(rows: readonly Row[], naive: readonly NaiveEstimate[]): string {
  return markdownTable(HEAD, [...rows.map(cellsOf), ...naive.map(naiveCellsOf)]);
}

function cellsOf({ question, run, idealMs }: Row): string[] {
  return [
    question,
    sizeText(run.size),
    `${number(callCount(run))}: ${callsText(run)}`,
    seconds(run.wallMs),
    idealMs === null ? '-' : number(run.wallMs / idealMs),
    seconds(run.cpuMs),
    `${Math.round(run.peakMb)} MB`,
    number(throttleCount(run)),
  ];
}

function naiveCellsOf({ size, measuredAccounts, calls, wallMs }: NaiveEstimate): string[] {
  return [
    `role names, naive plan: extrapolated from ${measuredAccounts} accounts`,
    sizeText(size),
    `about ${number(Math.round(calls))}`,
    `about ${Math.round(wallMs / 60_000)} min`,
    '-',
    '-',
    '-',
    '-',
  ];
}

export function sizeText({ accounts, permissionSets }: Size): string {
  return `${number(accounts)} × ${permissionSets}`;
}

function callsText({ calls }: AwsRun): string {
  return Object.entries(calls)
    .map(([name, count]) => `${name.split('.').at(-1)} ${number(count)}`)
    .join(', ');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
