import { describe, expect, test } from 'vitest';
import type { WhoRow } from '../../src/who/rows.ts';
import { type Dom, openDom } from './dom.ts';
import { dataOf, entryOf, rowOf } from './made-rows.ts';

function open(rows: readonly WhoRow[], options: Parameters<typeof openDom>[1] = {}): Promise<Dom> {
  return openDom(dataOf(rows), options);
}

/** Rows of the same entry would share a permission set. */
function named(name: string, parts: Partial<WhoRow> = {}): WhoRow {
  return rowOf({ principal: { type: 'USER', id: name, name }, ...parts }, entryOf());
}

const COMPANY = [
  named('ann', { permissionSet: 'Admin', via: 'Platform' }),
  named('ann', { permissionSet: 'View', via: 'Everyone' }),
  named('bob', { permissionSet: 'View', via: 'Everyone' }),
  named('constructor', { permissionSet: 'Ops', via: '__proto__', access: 'unknown' }),
];

const FIELD = '.filter-menu input[type=search]';
const openMenu = (dom: Dom) => dom.click('.find button', 'Filter');
const choices = (dom: Dom) => dom.texts('.menu-list > *');
const focused = (dom: Dom) => dom.text(dom.document.activeElement ?? 'body');
const people = (dom: Dom) => dom.texts('.row-open');
const rowCount = (dom: Dom) => dom.text('.row-count');

describe('the menu of filters', () => {
  test('offers the facets that leave out rows, and opens one', async () => {
    const dom = await open(COMPANY);
    await openMenu(dom);
    expect(choices(dom)).toContain('Permission set ›');
    // All rows have the same account.
    expect(choices(dom)).not.toContain('Account ›');
    await dom.click('.menu-facet', 'Permission set');
    expect(choices(dom)).toEqual(['Admin 1 row', 'Ops 1 row', 'View 2 rows']);
    await dom.click('.menu-list label', 'View');
    expect(dom.hash).toBe('set=View');
    expect(rowCount(dom)).toBe('2 of 4 rows');
    await dom.click('.menu-list label', 'Ops');
    expect(rowCount(dom)).toBe('3 of 4 rows');
    // Nothing moves while the reader chooses.
    expect(choices(dom)).toEqual(['Admin 1 row', 'Ops 1 row', 'View 2 rows']);
    await dom.click('.menu-list label', 'View');
    expect(dom.hash).toBe('set=Ops');
    await dom.click('.menu-head button', 'All filters');
    expect(choices(dom)).toContain('Permission set ›');
  });

  test('finds facets and values of all of them by typing', async () => {
    const dom = await open(COMPANY);
    await openMenu(dom);
    await dom.type(FIELD, 'PERM');
    expect(choices(dom)).toEqual(['Permission set ›']);
    await dom.type(FIELD, 'view');
    expect(choices(dom)).toEqual(['Permission set: View 2 rows']);
    await dom.press('Enter');
    expect(dom.hash).toBe('set=View');
    await dom.type(FIELD, 'constr');
    expect(choices(dom)).toEqual([]);
    expect(dom.text('.menu-note')).toBe('Nothing found');
    await dom.go('');
    await dom.type(FIELD, 'constr');
    expect(choices(dom)).toEqual(['Person or group: constructor 1 row']);
    await dom.type(FIELD, '__proto');
    expect(choices(dom)).toEqual(['Through group: __proto__ 1 row']);
  });

  test('shows few of many values, and opens their facet for the others', async () => {
    const dom = await open(Array.from({ length: 250 }, (_, index) => named(`person-${index}`)));
    await openMenu(dom);
    await dom.type(FIELD, 'person-');
    expect(choices(dom)).toHaveLength(7);
    await dom.click('.menu-facet', '244 more: Person or group');
    expect(dom.find(FIELD)).toHaveProperty('value', 'person-');
    expect(choices(dom)).toHaveLength(200);
    expect(dom.text('.menu-note')).toBe('50 more: type to find them');
    await dom.type(FIELD, 'person-24');
    expect(choices(dom)).toHaveLength(11);
    expect(dom.texts('.menu-note')).toEqual(['']);
  });

  test('explains a facet', async () => {
    const dom = await open([named('a'), named('b', { groups: [] })]);
    const scrolledTo: Element[] = [];
    dom.window.HTMLElement.prototype.scrollIntoView = function () {
      scrolledTo.push(this);
    };
    await openMenu(dom);
    expect(dom.document.activeElement).toBe(dom.find(FIELD));
    expect(scrolledTo).not.toContain(dom.find(FIELD));
    await dom.click('.menu-facet', 'Kubernetes group');
    expect(dom.text('.menu-head')).toContain('Groups that an entry puts people in.');
  });

  test('counts rows under the other filters, and says if none are left', async () => {
    const dom = await open(COMPANY, { hash: 'via=Everyone&search=bob' });
    await openMenu(dom);
    await dom.click('.menu-facet', 'Permission set');
    expect(choices(dom)).toEqual(['View 1 row']);
    await dom.go('search=nobody-has-this');
    expect(dom.text('.menu-note')).toBe('The search and the other filters leave no rows.');
  });

  test('is used with the keyboard', async () => {
    const dom = await open(COMPANY);
    dom.find('.find .dropdown button').focus();
    await dom.press('Enter');
    expect(dom.document.activeElement).toBe(dom.find(FIELD));
    await dom.type(FIELD, 'permission');
    await dom.press('Enter');
    expect(dom.document.activeElement).toBe(dom.find(FIELD));
    await dom.press('ArrowDown');
    await dom.press('ArrowDown');
    await dom.press(' ');
    expect(dom.hash).toBe('set=Ops');
    await dom.press('ArrowUp');
    await dom.press('ArrowUp');
    await dom.press('ArrowUp');
    expect(dom.document.activeElement).toBe(dom.find(FIELD));
    await dom.press('Escape');
    expect(dom.texts('.filter-menu')).toEqual([]);
    expect(focused(dom)).toBe('Filter 1 chosen');
  });

  test('closes at a click elsewhere, and starts anew', async () => {
    const dom = await open(COMPANY);
    await openMenu(dom);
    await dom.click('.menu-facet', 'Permission set');
    await dom.click('.row-count');
    expect(dom.texts('.filter-menu')).toEqual([]);
    expect(dom.find('.find button').getAttribute('aria-expanded')).toBe('false');
    await openMenu(dom);
    expect(dom.find('.find button').getAttribute('aria-expanded')).toBe('true');
    expect(choices(dom)).toContain('Permission set ›');
    await openMenu(dom);
    expect(dom.texts('.filter-menu')).toEqual([]);
  });

  test('closes when the focus goes elsewhere, not when it goes to what is around it', async () => {
    const dom = await open(COMPANY);
    await openMenu(dom);
    dom.find('main').focus();
    expect(dom.texts('.filter-menu')).toHaveLength(1);
    await dom.click(FIELD);
    dom.find('.copy-link').focus();
    expect(dom.texts('.filter-menu')).toEqual([]);
  });
});

describe('chips', () => {
  test('name the filters, and remove one or all', async () => {
    const dom = await open(COMPANY, { hash: 'set=View&set=Ops&via=Everyone&search=b' });
    expect(dom.texts('.chip')).toEqual([
      'Remove filter Through group: Everyone×',
      'Remove filter Permission set: View×',
      'Remove filter Permission set: Ops×',
    ]);
    expect(dom.text('.find button')).toBe('Filter 3 chosen');
    await dom.click('.chip', 'View');
    expect(dom.hash).toBe('search=b&via=Everyone&set=Ops');
    // The next chip takes its place.
    expect(focused(dom)).toContain('Ops');
    await dom.click('.chip', 'Ops');
    expect(focused(dom)).toContain('Everyone');
    await dom.click('.chips button', 'Clear all');
    expect(dom.hash).toBe('');
    expect(dom.document.activeElement).toBe(dom.find('.search'));
    expect(dom.texts('.chips')).toEqual([]);
    expect(people(dom)).toHaveLength(4);
  });

  test('the last one that is removed leaves the focus in the search', async () => {
    const dom = await open(COMPANY, { hash: 'set=View' });
    await dom.click('.chip', 'View');
    expect(dom.document.activeElement).toBe(dom.find('.search'));
  });

  test('say that no row has a value', async () => {
    const dom = await open(COMPANY, { hash: 'set=View&set=Gone' });
    expect(dom.texts('.chip.missing')).toEqual([
      'Remove filter Permission set: Gone (no rows on this page)×',
    ]);
  });

  test('are few, however many values are chosen', async () => {
    const hash = Array.from({ length: 7 }, (_, index) => `set=s${index}`).join('&');
    const dom = await open(COMPANY, { hash });
    expect(dom.texts('.chip')).toHaveLength(5);
    await dom.click('.chip', 'Permission set: 3 more');
    expect(dom.hash).toBe('set=s0&set=s1&set=s2&set=s3');
    const five = await open(COMPANY, { hash: hash.slice(0, 'set=s0&'.length * 5 - 1) });
    expect(five.texts('.chip')[4]).toContain('Permission set: s4');
  });
});

test('the tabs share the search and the filters; keys move between them', async () => {
  const dom = await open(COMPANY, { hash: 'set=View' });
  dom.find('#tab-table').focus();
  await dom.press('ArrowRight');
  expect(dom.hash).toBe('tab=graph&set=View');
  expect(dom.find('#tab-graph').getAttribute('aria-selected')).toBe('true');
  expect(dom.document.activeElement).toBe(dom.find('#tab-graph'));
  expect(dom.texts('.table-region')).toEqual([]);
  await dom.press('ArrowLeft');
  await dom.press('ArrowLeft');
  expect(dom.hash).toBe('tab=rights&set=View');
  expect(dom.find('#tab-table').getAttribute('tabindex')).toBe('-1');
  await dom.press('ArrowRight');
  expect(dom.hash).toBe('set=View');
  expect(dom.texts('.table-region')).toHaveLength(1);
});

describe('the link to a view', () => {
  test('carries the view, and says that it works where the file is; others take its end', async () => {
    const dom = await open(COMPANY);
    await dom.type('.search', 'ann');
    await dom.click('.copy-link');
    expect(dom.copied).toBe('file:///reports/access.html#search=ann');
    expect(dom.text('.link-panel')).toContain('Copied. It opens on this computer:');
    expect(dom.find('input[aria-label="Link to this view"]')).toHaveProperty('value', dom.copied);
    expect(dom.text('.link-panel')).toContain(
      'Others who have this file open it, and put this at the end of the address:',
    );
    expect(dom.find('input', 'End of the address')).toHaveProperty('value', '#search=ann');
    await dom.click('.link-panel button', 'Copy the end');
    expect(dom.copied).toBe('#search=ann');
    expect(dom.text('.link-panel .copy')).toBe('Copy the end Copied');
    dom.window.navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden'));
    await dom.click('.link-panel button', 'Copy the end');
    expect(dom.text('.link-panel .copy')).toBe("Copy the end Couldn't copy: select the text instead");
  });

  test('of the whole page has no end', async () => {
    const dom = await open(COMPANY);
    await dom.click('.copy-link');
    expect(dom.copied).toBe('file:///reports/access.html');
    expect(dom.texts('.link-panel button')).toEqual([]);
  });

  test('is shown where the browser forbids copying, or has no clipboard', async () => {
    const dom = await open(COMPANY, { hash: 'set=View' });
    dom.window.navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden'));
    await dom.click('.copy-link');
    expect(dom.text('.link-panel')).toContain('The browser forbids copying. Copy this link:');
    expect(dom.find('input[aria-label="Link to this view"]')).toHaveProperty(
      'value',
      'file:///reports/access.html#set=View',
    );
    const other = await open(COMPANY, { hash: 'set=View' });
    Object.defineProperty(other.window.navigator, 'clipboard', { value: undefined });
    await other.click('.copy-link');
    expect(other.text('.link-panel')).toMatch(/^Copy this link:/);
    expect(other.texts('.link-panel button')).toEqual([]);
  });
});

describe('the rows shown are saved', () => {
  test('in their order', async () => {
    const dom = await open(COMPANY, { hash: 'via=Everyone&sort=-principal' });
    await dom.click('.save');
    const [file] = await dom.saved();
    expect(file?.name).toBe('access-prod-2026-11-20.csv');
    const lines = file?.text.trim().split('\n') ?? [];
    expect(lines.slice(1).map((line) => line.split(',')[3])).toEqual(['bob', 'ann']);
    expect(dom.text('.save')).toBe('Save as CSV');
  });

  test('unless no row is shown', async () => {
    const dom = await open(COMPANY, { hash: 'search=nobody' });
    dom.find('.save').click();
    expect(dom.text('.save')).toBe('Nothing to save');
    await dom.settle();
    expect(await dom.saved()).toEqual([]);
  });
});
