import { expect, test } from 'vitest';
import type { PageData } from '../../src/page/data.ts';
import { openDom } from './dom.ts';
import { dataOf, people } from './made-rows.ts';

const pageOf = (count: number): PageData => dataOf(people(count));

test('the page in a DOM shows, takes and keeps what it would in a browser', async () => {
  const dom = await openDom(pageOf(500), { hash: 'search=person-7' });
  expect(dom.find('input[type=search]')).toHaveProperty('value', 'person-7');
  await dom.type('input[type=search]', 'person-77@');
  expect(dom.texts('#panel-table tbody tr')).toEqual([expect.stringContaining('person-77@example.com')]);
  expect(new URLSearchParams(dom.hash).get('search')).toBe('person-77@');
  await dom.go('search=person-78@');
  expect(dom.text('#panel-table tbody')).toContain('person-78@example.com');
});

test('only rows in view exist, and only what is open is found', async () => {
  const dom = await openDom(pageOf(500));
  expect(dom.texts('#panel-table tbody tr').length).toBeLessThan(60);
  expect(dom.texts('dialog')).toEqual([]);
  expect(() => dom.find('button', 'No such button')).toThrow('no button is called No such button; there are');
  await dom.click('button.row-open');
  expect(dom.text('dialog')).toContain('person-0@example.com');
  await dom.press('Escape');
  expect(dom.texts('dialog')).toEqual([]);
});

test('a test has the files that the reader saves, and what the reader copies', async () => {
  const dom = await openDom(pageOf(3), { hash: 'search=person-1' });
  await dom.click('button', 'Save as CSV');
  expect(await dom.saved()).toEqual([
    { name: expect.stringMatching(/\.csv$/), text: expect.stringContaining('person-1@example.com') },
  ]);
  await dom.click('button', 'Copy link');
  expect(dom.copied).toContain('search=person-1');
});

test('other tests see nothing of the browser', async () => {
  await openDom(pageOf(1));
  for (const name of ['document', 'window', 'location', 'addEventListener'])
    expect(globalThis).not.toHaveProperty(name);
});
