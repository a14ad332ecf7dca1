import { describe, expect, test } from 'vitest';
import { isListByAccountCheaper } from '../../src/directory/permission-sets.ts';
import { pairsForPrincipals, slowReadNote } from '../../src/directory/read-assignments.ts';
import { isListingCheaper } from '../../src/directory/users-and-groups.ts';

describe('reading by user and group', () => {
  test('must save two of three calls', () => {
    expect(pairsForPrincipals(160)).toBe(480);
    expect(pairsForPrincipals(0)).toBe(100);
  });
});

describe('reading pair by pair is announced', () => {
  test('only if it takes more than ten seconds', () => {
    expect(slowReadNote(209, false)).toEqual([]);
    expect(slowReadNote(210, true)).toMatchObject([{ message: expect.stringMatching(/ takes about 11 s$/) }]);
    expect(slowReadNote(1189, true)).toMatchObject([{ message: expect.stringMatching(/ about 59 s$/) }]);
    expect(slowReadNote(1180, true)).toMatchObject([{ message: expect.stringMatching(/ about 59 s$/) }]);
    expect(slowReadNote(1200, true)).toMatchObject([{ message: expect.stringMatching(/ about 1 min 0 s$/) }]);
    expect(slowReadNote(6030, true)).toMatchObject([
      { severity: 'note', message: expect.stringMatching(/6030 pairs .* takes about 5 min 2 s$/) },
    ]);
  });

  test('with a faster alternative, if there is one', () => {
    expect(slowReadNote(6030, true)[0]).not.toHaveProperty('help');
    expect(slowReadNote(300, false)).toMatchObject([
      { message: expect.stringContaining('15 s'), help: expect.stringContaining('management account') },
    ]);
  });
});

describe('names are listed or looked up', () => {
  test.each([
    ['two are looked up', { missing: 2, pagesRead: 0, found: 0 }, false],
    ['three are worth a page', { missing: 3, pagesRead: 0, found: 0 }, true],
    ['a page that held many leads to the next', { missing: 40, pagesRead: 1, found: 60 }, true],
    ['two are not worth a second page', { missing: 2, pagesRead: 1, found: 60 }, false],
    ['a page that held two leads to the next', { missing: 40, pagesRead: 1, found: 2 }, true],
    ['a page that held one does not', { missing: 40, pagesRead: 1, found: 1 }, false],
    ['nor do ten pages with nine names', { missing: 40, pagesRead: 10, found: 9 }, false],
  ])('%s', (_, facts, listed) => expect(isListingCheaper(facts)).toBe(listed));
});

describe("permission sets are described: all of them, or the accounts' sets", () => {
  test.each([
    ['one account of an organization with many sets', 300, 10, 1, true],
    ['many accounts', 30, 30, 201, false],
    ['all names known', 0, 10, 1, false],
    ['as many calls either way', 11, 10, 1, false],
    ['one call fewer by account', 12, 10, 1, true],
    ['a hundred names fit on a page', 103, 100, 1, true],
    ['and one more do not', 103, 101, 1, false],
    ['no name wanted takes a page for each account all the same', 2, 0, 2, false],
  ])('%s', (_, unknown, wanted, accounts, byAccount) => {
    expect(isListByAccountCheaper({ unknown, wanted, accounts })).toBe(byAccount);
  });
});
