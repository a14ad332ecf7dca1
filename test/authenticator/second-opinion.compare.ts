import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDocument } from '../../src/aws-auth/document.ts';
import { Failure } from '../../src/errors.ts';
import { goldenFiles } from '../golden-case.ts';
import { type Answer, ask } from './authenticator.ts';
import cases from './authenticator-cases.json' with { type: 'json' };
import { CONFIG_MAP } from './config-maps.ts';
import { type ConfigMapData, type Outcome, outcomeOf } from './outcome.ts';

const SEED = 20261124;
const GENERATED = 20_000;

function outcomes(configMaps: readonly ConfigMapData[]): Outcome[] {
  return ask(configMaps.map((data) => ({ data: [data] }))).map(outcomeIn);
}

function outcomeIn({ versions: [version] }: Answer): Outcome {
  const { errors = {}, roles = [], users = [], accounts = [] } = version?.outcome ?? {};
  return { error: Object.keys(errors).length > 0, roles, users, accounts };
}

function disagreements(configMaps: readonly ConfigMapData[]) {
  return outcomes(configMaps)
    .map((theirs, index) => ({ data: configMaps[index] ?? {}, theirs }))
    .map(({ data, theirs }) => ({ data, theirs, ours: outcomeOf(data) }))
    .filter(({ theirs, ours }) => JSON.stringify(theirs) !== JSON.stringify(ours));
}

test('the case file matches the authenticator', () => {
  const observed = outcomes(cases.map(({ data }) => data));
  const stated = cases.map(({ error, roles = [], users = [], accounts = [] }) => ({
    error: error !== null,
    roles,
    users,
    accounts,
  }));
  expect(observed).toEqual(stated);
});

test('golden files are read like the authenticator reads them', () => {
  const configMaps = [...goldenFiles('merge'), ...goldenFiles('check')]
    .flatMap(({ golden }) => golden.cases)
    .flatMap(({ sections }) => [...sections])
    .filter(([name]) => /^(?:before\.|after|fixed)/.test(name))
    .flatMap(([name, text]) => dataIn(text, name));
  console.log(`${configMaps.length} golden ConfigMaps`);
  expect(disagreements(configMaps)).toEqual([]);
});

test(`${GENERATED} generated ConfigMaps are read like the authenticator reads them`, () => {
  console.log(`seed ${SEED}`);
  expect(disagreements(fc.sample(CONFIG_MAP, { seed: SEED, numRuns: GENERATED }))).toEqual([]);
});

/** Empty if the file contains no aws-auth, such as inputs that are refused. */
function dataIn(text: string, file: string): ConfigMapData[] {
  try {
    const { mapRoles, mapUsers, mapAccounts } = readDocument(text, file);
    return [{ mapRoles: mapRoles?.text, mapUsers: mapUsers?.text, mapAccounts: mapAccounts?.text }];
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
