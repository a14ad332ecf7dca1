import { describe, expect, test } from 'vitest';
import { contradiction } from '../../src/aws/failure.ts';
import type { ListedAccount, Organizations } from '../../src/aws/organizations.ts';
import { listOrganization, listUnits } from '../../src/directory/list-accounts.ts';
import type { Account } from '../../src/directory/model.ts';

/** `A` contains `B`; next to it is a unit named `A/B`. */
const UNITS: Readonly<Record<string, readonly { readonly id: string; readonly name: string }[]>> = {
  'r-root': [
    { id: 'ou-root-aaaaaaaa', name: 'A' },
    { id: 'ou-root-slashslash', name: 'A/B' },
    { id: 'ou-root-cccccccc', name: 'C' },
  ],
  'ou-root-aaaaaaaa': [{ id: 'ou-root-bbbbbbbb', name: 'B' }],
};

const PLACES: Readonly<Record<string, readonly string[]>> = {
  '1': ['r-root'],
  '2': ['r-root', 'ou-root-aaaaaaaa'],
  '3': ['r-root', 'ou-root-aaaaaaaa', 'ou-root-bbbbbbbb'],
  '4': ['r-root', 'ou-root-slashslash'],
  '5': ['r-root', 'ou-root-cccccccc'],
};

const listed = (id: string, unitIds: readonly string[] | null): ListedAccount => {
  return { id, name: `name ${id}`, state: 'ACTIVE', unitIds };
};
const LIST = Object.entries(PLACES).map(([id, unitIds]) => listed(id, unitIds));

/** An organization, and the units whose children were read. */
function organizationOf(
  list: readonly ListedAccount[] = LIST,
  unitsBelow: Readonly<Record<string, readonly string[]>> = {},
) {
  const asked: string[] = [];
  const organizations = {
    async *accounts() {
      for (const item of list) yield { items: [item] };
    },
    rootIds: async () => ['r-root'],
    unitsOf: async (id: string) => {
      asked.push(id);
      const more = unitsBelow[id] ?? [];
      return [...(UNITS[id] ?? []), ...more.map((unit) => ({ id: unit, name: unit }))];
    },
    contradiction: (operation: string, detail: string) =>
      contradiction({ service: 'organizations', operation, region: 'eu-west-1', profile: null }, detail),
    async *accountsOf(id: string) {
      yield { items: LIST.filter(({ unitIds }) => unitIds?.at(-1) === id) };
    },
  };
  return { asked, organizations: organizations as unknown as Organizations };
}

const placesOf = ({ accounts }: { readonly accounts: readonly Account[] }) =>
  accounts.map(({ id, ou, ouIds }) => [id, ou, ouIds?.length ?? null]);

describe('the whole organization', () => {
  test('takes one list, if that is enough', async () => {
    const { asked, organizations } = organizationOf([...LIST, listed('6', null)]);
    const seen: string[] = [];
    const needs = { unitNames: false, unitIds: false, units: [] };
    const accounts = await listOrganization(organizations, needs, ({ id }) => seen.push(id));
    expect(placesOf(accounts).at(-1)).toEqual(['6', null, null]);
    expect(seen).toEqual(['1', '2', '3', '4', '5', '6']);
    const placed = organizationOf();
    await listOrganization(placed.organizations, { ...needs, unitIds: true }, () => {});
    expect([...asked, ...placed.asked]).toEqual([]);
  });

  test('has a repeated account once', async () => {
    const { organizations } = organizationOf([...LIST.slice(0, 2), ...LIST.slice(1)]);
    const needs = { unitNames: false, unitIds: false, units: [] };
    expect((await listOrganization(organizations, needs, () => {})).accounts).toHaveLength(5);
  });

  test('has unit names, and only reads the children of units that have some', async () => {
    const { asked, organizations } = organizationOf();
    const accounts = await listOrganization(
      organizations,
      { unitNames: true, unitIds: false, units: [] },
      () => {},
    );
    expect(placesOf(accounts)).toEqual([
      ['1', '', 1],
      ['2', 'A', 2],
      ['3', 'A/B', 3],
      ['4', 'A/B', 2],
      ['5', 'C', 2],
    ]);
    expect(asked).toEqual(['r-root', 'ou-root-aaaaaaaa']);
  });

  test.each([
    { unitNames: false, unitIds: true, units: [] },
    { unitNames: true, unitIds: false, units: [] },
  ])("is read unit by unit if AWS omits one account's position, for %j", async (needs) => {
    const [first, ...others] = LIST;
    const list = [...(first ? [{ ...first, unitIds: null }] : []), ...others];
    const { organizations } = organizationOf(list);
    expect(placesOf(await listOrganization(organizations, needs, () => {}))).toEqual([
      ['1', '', 1],
      ['2', 'A', 2],
      ['3', 'A/B', 3],
      ['4', 'A/B', 2],
      ['5', 'C', 2],
    ]);
  });

  test.each([
    [
      ['r-root', 'ou-root-gonegone'],
      'the list is missing unit ou-root-gonegone, but ListAccounts has account 6 in it',
    ],
    [null, 'no unit contains account 6, but ListAccounts lists it'],
  ])('an account in %j, outside the tree, is a contradiction', async (unitIds, detail) => {
    const { organizations } = organizationOf([...LIST, listed('6', unitIds)]);
    const listing = listOrganization(organizations, { unitNames: true, unitIds: true, units: [] }, () => {});
    await expect(listing).rejects.toMatchObject({ exitCode: 3, kind: 'contradiction', detail });
  });
});

const NAMES = { unitNames: true };

describe('units', () => {
  test('with the same path are all included, and each account once', async () => {
    const { organizations } = organizationOf();
    const seen: string[] = [];
    const accounts = await listUnits(organizations, ['A/B', 'A', '/C/'], NAMES, ({ id }) => seen.push(id));
    expect(placesOf(accounts).sort()).toEqual([
      ['2', 'A', 2],
      ['3', 'A/B', 3],
      ['4', 'A/B', 2],
      ['5', 'C', 2],
    ]);
    expect(seen.sort()).toEqual(['2', '3', '4', '5']);
  });

  test('that do not exist are all named', async () => {
    const { organizations } = organizationOf();
    await expect(
      listUnits(organizations, ['A', 'A/Bs', 'A/B/C', 'Zzzzzz'], NAMES, () => {}),
    ).rejects.toMatchObject({
      exitCode: 2,
      findings: [
        { message: expect.stringContaining('"A/Bs"'), help: expect.stringContaining('"A/B"') },
        { message: expect.stringContaining('"A/B/C"') },
        { message: expect.stringContaining('"Zzzzzz"') },
      ],
    });
  });

  test.each([
    ['A', { 'ou-root-aaaaaaaa': ['ou-root-aaaaaaaa'] }, 'is in both r-root and ou-root-aaaaaaaa'],
    [
      'A',
      { 'ou-root-aaaaaaaa': ['ou-root-cccccccc'] },
      'unit ou-root-cccccccc is in both r-root and ou-root-aaaaaaaa',
    ],
  ])('in two places are a contradiction: %s %j', async (path, more, detail) => {
    const { organizations } = organizationOf(LIST, more);
    await expect(listUnits(organizations, [path], NAMES, () => {})).rejects.toMatchObject({
      kind: 'contradiction',
      detail: expect.stringContaining(detail),
    });
  });
});
