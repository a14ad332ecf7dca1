import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readDocument } from '../../src/aws-auth/document.ts';
import { readMapAccounts, readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import { parseCaller, resolveCaller } from '../../src/aws-auth/resolve-caller.ts';
import { explainCaller } from '../../src/explain/explain-caller.ts';
import { requireCaller } from '../../src/explain/named-caller.ts';
import type { NearMiss } from '../../src/explain/near-misses.ts';
import { runs } from '../runs.ts';

/** Applies explain's help for a caller without access: the caller gains access, and nobody else's access changes. */

const A = '111122223333';
const IAM = `arn:aws:iam::${A}:`;
const STS = `arn:aws:sts::${A}:assumed-role/`;
const ADMIN = 'AWSReservedSSO_Admin_c3402ddbb14af723';

type Map = 'mapRoles' | 'mapUsers';

interface Item {
  readonly map: Map;
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** A person with the ARN that their entry needs. */
interface Person {
  readonly caller: string;
  readonly map: Map;
  readonly arn: string;
}

const PEOPLE: readonly Person[] = [
  { caller: `${STS}${ADMIN}/alice@example.com`, map: 'mapRoles', arn: `${IAM}role/${ADMIN}` },
  { caller: `${STS}deploy/ci`, map: 'mapRoles', arn: `${IAM}role/deploy` },
  { caller: `${IAM}user/team/bob`, map: 'mapUsers', arn: `${IAM}user/team/bob` },
];

/** The other entries of the file. */
const OTHERS: readonly Item[] = [
  {
    map: 'mapRoles',
    arn: `${IAM}role/node`,
    username: 'system:node:{{EC2PrivateDNSName}}',
    groups: ['system:bootstrappers', 'system:nodes'],
  },
  {
    map: 'mapRoles',
    arn: `${IAM}role/AWSReservedSSO_Ops_0123456789abcdef`,
    username: 'ops:{{SessionName}}',
    groups: ['system:masters'],
  },
  { map: 'mapRoles', arn: `${IAM}role/deploy-web`, username: 'web', groups: ['web'] },
  { map: 'mapUsers', arn: `${IAM}user/eve`, username: 'eve', groups: ['audit'] },
];
/** Other callers. User names are unique in an account, so there is no other bob. */
const BYSTANDERS: readonly string[] = [
  `${STS}node/i-0123456789abcdef0`,
  `${STS}node/somebody`,
  `${STS}AWSReservedSSO_Ops_0123456789abcdef/olga`,
  `${STS}deploy-web/x`,
  `${IAM}user/eve`,
  `${STS}AWSReservedSSO_Audit_0123456789abcdef/al`,
  `arn:aws:sts::444455556666:assumed-role/deploy/ci`,
];

/** One mistake each in a person's entry; the entry is unchanged if the mistake doesn't apply. */
const MISTAKES: Readonly<Record<string, (item: Item, person: Person) => Item>> = {
  'a path': (item) => withArn(item, (arn) => arn.replace(':role/', ':role/aws-reserved/sso.amazonaws.com/')),
  'a session': (item) =>
    withArn(item, (arn) => `${arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/x`),
  'another partition': (item) => withArn(item, (arn) => arn.replace('arn:aws:', 'arn:aws-cn:')),
  'a space': (item) => withArn(item, (arn) => `${arn} `),
  'an invisible character': (item) => withArn(item, (arn) => arn.replace(':role/', ':role/\u200b')),
  'an earlier suffix': (item) => withArn(item, (arn) => arn.replace('c3402ddbb14af723', '00aa11bb22cc33dd')),
  'no suffix': (item) => withArn(item, (arn) => arn.replace('_c3402ddbb14af723', '')),
  'a wildcard': (item) => withArn(item, (arn) => arn.replace('c3402ddbb14af723', '*')),
  'another path of a user': (item) => withArn(item, (arn) => arn.replace('user/team/', 'user/')),
  'another account': (item) => withArn(item, (arn) => arn.replace(A, '444455556666')),
  'a letter less': (item) => withArn(item, (arn) => arn.replace('deploy', 'deply')),
  'the other map': (item) => ({ ...item, map: item.map === 'mapRoles' ? 'mapUsers' : 'mapRoles' }),
  'another kind': (item) => withArn(item, (arn) => arn.replace(':role/', ':user/')),
  'the variable of nodes': (item) => ({ ...item, username: 'team:{{EC2PrivateDNSName}}' }),
  'the username of nodes': (item) => ({ ...item, username: 'system:node:{{EC2PrivateDNSName}}' }),
  'another case': (item) => withArn(item, (arn) => arn.toUpperCase().replace(/^ARN:AWS:/, 'arn:aws:')),
};

function withArn(item: Item, change: (arn: string) => string): Item {
  return { ...item, arn: change(item.arn) };
}

function fileOf(items: readonly Item[]): string {
  const listOf = (map: Map, field: string) =>
    items
      .filter((item) => item.map === map)
      .map(({ arn, username, groups }) => JSON.stringify({ [field]: arn, username, groups }))
      .map((text) => `    - ${text}\n`)
      .join('');
  return `metadata: {name: aws-auth}\ndata:\n  mapRoles: |\n${listOf('mapRoles', 'rolearn')}    # end\n  mapUsers: |\n${listOf('mapUsers', 'userarn')}    # end\n`;
}

/** The identities that a caller can get: usually one, several if the choice is random. */
function identityIn(items: readonly Item[], arn: string): string {
  const document = readDocument(fileOf(items), 'f');
  const caller = parseCaller(arn);
  if (!caller) throw new Error(`${arn} is no caller`);
  const maps = {
    mapRoles: readMapRoles(document.mapRoles?.text ?? ''),
    mapUsers: readMapUsers(document.mapUsers?.text ?? ''),
  };
  const found = resolveCaller(caller, maps, readMapAccounts(''));
  return JSON.stringify(found.map(({ identity }) => identity));
}

function explained(items: readonly Item[], arn: string) {
  const context = new AwsAuth(readDocument(fileOf(items), 'f.yaml'));
  const facts = { inventory: null, isLive: false, authorizer: null, cluster: null };
  return explainCaller(requireCaller(arn), context, facts);
}

const OWN = { username: 'mine', groups: ['GROUP'] };

/** The file after a close match's help was applied; null if the help says to leave the entry. */
function applied(items: readonly Item[], { arn, map, help }: NearMiss): readonly Item[] | null {
  const changed = (change: (item: Item) => Item) => {
    const at = items.findLastIndex((item) => item.arn === arn && item.map === map);
    expect(at, help).toBeGreaterThanOrEqual(0);
    return items.map((item, index) => (index === at ? change(item) : item));
  };
  const write = /^Write (rolearn|userarn): (\S+)$/m.exec(help);
  if (write) return changed((item) => ({ ...item, arn: write[2] ?? '' }));
  const move = /^Move it to (mapRoles|mapUsers) with (?:rolearn|userarn): (\S+)$/m.exec(help);
  if (move) return changed((item) => ({ ...item, map: mapOf(move[1]), arn: move[2] ?? '' }));
  const variable = /write \{\{SessionName\}\} instead of \{\{EC2PrivateDNSName\}\}\.$/m.test(help);
  if (variable)
    return changed((item) => ({
      ...item,
      username: item.username.replace('{{EC2PrivateDNSName}}', '{{SessionName}}'),
    }));
  const people = /such as username: "(.*)"\.$/m.exec(help);
  if (people) return changed((item) => ({ ...item, username: people[1] ?? '', groups: OWN.groups }));
  expect(help).toMatch(/^Leave the entry/);
  return null;
}

function mapOf(text: string | undefined): Map {
  return text === 'mapUsers' ? 'mapUsers' : 'mapRoles';
}

/** The file with an entry added for the caller. */
function added(items: readonly Item[], help: string, { map, arn }: Person): readonly Item[] {
  const own = /^- (?:rolearn|userarn): (\S+)$/m.exec(help)?.[1];
  // `merge --map SET=GROUP` writes an entry for the permission set's current role.
  const isMerge = help.startsWith('aws-auth-sso merge --map Admin=GROUP --account 111122223333 ');
  if (own === undefined) expect([isMerge, help]).toEqual([true, help]);
  if (own !== undefined) expect(help).toMatch(new RegExp(`^Add to ${map}, `, 'm'));
  return [...items, { map, arn: own ?? arn, ...OWN }];
}

const cases = fc.record({
  person: fc.constantFrom(...PEOPLE),
  mistake: fc.constantFrom(...Object.keys(MISTAKES)),
  granted: fc.record({
    username: fc.constantFrom('u', 'team:{{SessionName}}'),
    groups: fc.constantFrom<readonly string[]>(['developers'], [], ['a', 'system:masters']),
  }),
  isFirst: fc.boolean(),
});

function filesOf({ person, mistake, granted, isFirst }: Parameters<typeof asserted>[0]): readonly Item[] {
  const right: Item = { map: person.map, arn: person.arn, ...granted };
  const wrong = MISTAKES[mistake]?.(right, person) ?? right;
  return isFirst ? [wrong, ...OTHERS] : [...OTHERS, wrong];
}

function asserted(one: {
  readonly person: Person;
  readonly mistake: string;
  readonly granted: Pick<Item, 'username' | 'groups'>;
  readonly isFirst: boolean;
}): void {
  const { person } = one;
  const items = filesOf(one);
  const { matches, nearest, add } = explained(items, person.caller);
  if (matches.length > 0) return;
  const [miss] = nearest;
  const isEnough = miss?.isEnough === true;
  expect(isEnough ? null : add, 'one of the two helps').toEqual(isEnough ? null : expect.any(String));
  const after = isEnough ? applied(items, miss) : added(items, add ?? '', person);
  const afterwards = after ?? items;
  for (const arn of BYSTANDERS) expect(identityIn(afterwards, arn), arn).toBe(identityIn(items, arn));
  if (after === null) return;
  const now = explained(after, person.caller).matches;
  expect(now.map(({ identity }) => identity.groups)).toEqual([
    isEnough && !/such as username/.test(miss.help) ? one.granted.groups : OWN.groups,
  ]);
  // Help that makes the caller cluster admin must say so.
  const isAdmin = now.some(({ identity }) => identity.groups.includes('system:masters'));
  if (isAdmin) expect(miss?.help).toContain('cluster admin');
}

test("explain's help grants the caller access and changes nobody else's", () => {
  fc.assert(fc.property(cases, asserted), runs(150));
});

test('every mistake with every caller', () => {
  for (const person of PEOPLE)
    for (const mistake of Object.keys(MISTAKES))
      for (const isFirst of [true, false])
        asserted({
          person,
          mistake,
          granted: { username: 'team:{{SessionName}}', groups: ['developers'] },
          isFirst,
        });
});
