import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type MapFacts, type Translation, translateMap } from '../../src/access-entry/translate-map.ts';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readDocument } from '../../src/aws-auth/document.ts';
import { NODE_VARIABLE } from '../../src/map-entry.ts';
import { roleArnKey } from '../../src/same-arn.ts';
import { doubleQuoted } from '../../src/yaml/quote.ts';
import { type Answer, ask, type Mapping } from './authenticator.ts';
import { CALLER_CASE } from './caller-cases.ts';
import { CONFIG_MAP } from './config-maps.ts';
import { fold } from './identities.ts';
import type { ConfigMapData } from './outcome.ts';

const SEED = 20261126;
const RUNS = 1000;

const NOTHING_KNOWN: MapFacts = {
  partition: null,
  clusterAccount: null,
  nodes: null,
  inventory: null,
  others: new Map(),
  stated: new Map(),
  isFresh: true,
};

/** All roles that the mapper loads are known, with a path. */
function everythingKnown(data: ConfigMapData): MapFacts {
  const arns = Object.values(data).flatMap((text) => text?.match(/arn:[^\s"',\]}\\]+/gi) ?? []);
  const known = arns.map((arn): [string, string] => [
    roleArnKey(arn),
    fold(arn).replace(/^(arn:[^/]*:role\/)(?:.*\/)?/, '$1teams/'),
  ]);
  return { ...NOTHING_KNOWN, nodes: 'own', stated: new Map(known) };
}

function translationsOf(data: ConfigMapData, facts: MapFacts): readonly Translation[] {
  const fields = Object.entries(data).map(
    ([key, text = '']) => `${doubleQuoted(key)}: ${doubleQuoted(text)}`,
  );
  const manifest = `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {${fields.join(', ')}}}`;
  return translateMap(new AwsAuth(readDocument(manifest, 'aws-auth.json')), facts).translations;
}

/**
 * The required translation of a ConfigMap that the authenticator's mapper loads: its roles (the last of those equal
 * in any case), its users (the last of equal ones) except those whose ARN a role has, and each account.
 */
function wantedOf({
  roles = [],
  users = [],
  accounts = [],
}: Answer['versions'][number]['outcome']): string[] {
  const byRole = new Map(roles.map((role) => [role.sso ? ssoKey(role) : lower(role.rolearn), role]));
  const roleArns = new Set(
    [...byRole.values()].flatMap(({ rolearn, sso }) => (sso ? [] : fold(rolearn ?? ''))),
  );
  const byUser = [...new Map(users.map((user) => [user.userarn ?? '', user])).values()];
  const effective = [
    ...[...byRole.values()].map((role) => ({
      arn: role.sso ? ssoLabel(role) : (role.rolearn ?? ''),
      mapping: role,
    })),
    ...byUser
      .filter(({ userarn = '' }) => !roleArns.has(fold(userarn)))
      .map((user) => ({ arn: user.userarn ?? '', mapping: user })),
  ];
  const wanted = effective.filter(({ arn, mapping }, index) => {
    const twins = effective.filter((other) => !other.mapping.sso && fold(other.arn) === fold(arn));
    const isFirst = twins.length === 0 || twins[0] === effective[index];
    return isFirst || mapping.sso || new Set(twins.map((twin) => grantOf(twin.mapping))).size > 1;
  });
  return [...wanted.map(({ arn }) => arn), ...new Set(accounts)].toSorted();
}

/** The mapper stores roles with Go's ToLower. */
function lower(arn = ''): string {
  return arn.replaceAll('\u0130', 'i').toLowerCase();
}

function grantOf({ username, groups }: Mapping): string {
  return JSON.stringify([username, groups ?? []]);
}

interface Sso {
  readonly permissionSetName: string;
  readonly accountID: string;
  readonly partition?: string;
}

function ssoKey({ sso }: Mapping): string {
  return `sso ${JSON.stringify(Object.entries(sso as Sso).toSorted()).toLowerCase()}`;
}

function ssoLabel({ sso }: Mapping): string {
  const { permissionSetName, accountID, partition } = sso as Sso;
  return `sso:${partition ? `${partition}:` : ''}${accountID}/${permissionSetName}`;
}

/** Callers who have access according to a translation of the old state, but not according to the mapper. */
function misjudged(
  translations: readonly Translation[],
  { callers, versions: [version] }: Answer,
): Translation[] {
  const byCaller = new Map(callers.map(({ arn }, index) => [arn, version?.identities[index] ?? []]));
  return translations.filter(({ arn, before }) => {
    if (before === null || before.username === null) return false;
    // The mapper is called without an instance.
    if ([before.username, ...before.groups].some((text) => text.includes(NODE_VARIABLE))) return false;
    const [, account = ''] = /^arn:[^:]*:[^:]*:[^:]*:([^:]*):/i.exec(arn) ?? [];
    const isRole = /:role\//i.test(arn);
    const filled = (text: string) => {
      const known = text.replaceAll('{{AccountID}}', () => account);
      return isRole ? known : known.replaceAll(/\{\{SessionName(?:Raw)?\}\}/g, '');
    };
    const theirs = (byCaller.get(fold(arn)) ?? []).map(({ username, groups }) =>
      JSON.stringify([filled(username), (groups ?? []).map(filled)]),
    );
    return !theirs.includes(JSON.stringify([before.username, before.groups]));
  });
}

test(`everything that the mapper loads from ${2 * RUNS} ConfigMaps is translated or refused exactly once`, () => {
  const cases = [
    ...fc.sample(CONFIG_MAP, { seed: SEED, numRuns: RUNS }),
    ...fc.sample(CALLER_CASE, { seed: SEED, numRuns: RUNS }).map(({ data }) => data),
  ];
  const answers = ask(cases.map((data) => ({ data: [data] })));
  const counts = { loaded: 0, translated: 0, refused: 0, before: 0 };
  const failed = [];
  for (const [index, data] of cases.entries()) {
    const answer = answers[index];
    const version = answer?.versions[0];
    if (!answer || !version) throw new Error('no answer');
    const wanted = wantedOf(version.outcome);
    for (const facts of [NOTHING_KNOWN, everythingKnown(data)]) {
      const translations = translationsOf(data, facts);
      counts.loaded += wanted.length;
      counts.translated += translations.filter(({ entry }) => entry).length;
      counts.refused += translations.filter(({ refusal }) => refusal).length;
      const found = translations.map(({ arn }) => arn).toSorted();
      if (JSON.stringify(found) !== JSON.stringify(wanted)) failed.push({ data, found, wanted });
      const wrong = misjudged(translations, answer);
      counts.before += translations.filter(({ before }) => before?.username != null).length;
      if (wrong.length > 0) failed.push({ data, wrong });
      const random = translations.filter(({ refusal }) => refusal?.reason.endsWith('is random'));
      const alone = random.filter((one) =>
        random.every((other) => other === one || fold(other.arn) !== fold(one.arn)),
      );
      if (alone.length > 0) failed.push({ data, alone });
      const undecided = translations.filter(({ entry, refusal }) => (entry === null) === (refusal === null));
      const principals = translations.flatMap(({ entry }) => entry?.principalArn ?? []);
      if (undecided.length > 0 || new Set(principals.map(fold)).size < principals.length)
        failed.push({ data, undecided, principals });
    }
  }
  console.log(`seed ${SEED};`, counts);
  expect(failed.slice(0, 3)).toEqual([]);
  expect(counts.translated + counts.refused).toBe(counts.loaded);
  expect(counts.translated).toBeGreaterThan(500);
  expect(counts.refused).toBeGreaterThan(500);
  expect(counts.before).toBeGreaterThan(500);
});
