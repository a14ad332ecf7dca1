import { describe, expect, test } from 'vitest';
import { loadPageApp } from '../../src/page/app-bundle.ts';
import { renderPage } from '../../src/page/html.ts';
import { type Dom, openDom } from './dom.ts';
import { dataOf, entryOf, rowOf } from './made-rows.ts';

const ROWS = ['Admin', 'View'].map((permissionSet) => ({
  row: rowOf(
    { permissionSet, principal: { type: 'USER', id: permissionSet, name: permissionSet } },
    entryOf(),
  ),
  change: null,
}));

const open = (hash = '') => openDom(dataOf(ROWS), { hash });
const people = (dom: Dom) => dom.texts('.row-open');

/** The addresses that the page sets from now on, and how. */
function addressesOf({ window }: Dom): string[] {
  const seen: string[] = [];
  const { history } = window;
  for (const how of ['pushState', 'replaceState'] as const) {
    const original = history[how].bind(history);
    history[how] = (data, unused, url) => {
      seen.push(`${how} ${url}`);
      original(data, unused, url);
    };
  }
  return seen;
}

describe('the address', () => {
  test('has what the page knows of it', async () => {
    const dom = await open('tab=no-such-tab&set=View&set=View&sort=-no-such&constructor=1');
    expect(dom.hash).toBe('set=View');
    expect(people(dom)).toEqual(['View']);
  });

  test('has a step for each choice, and one for all keystrokes in a field', async () => {
    const dom = await open();
    const seen = addressesOf(dom);
    await dom.type('.search', 'v');
    await dom.type('.search', 'vi');
    await dom.click('th.principal button');
    await dom.type('.search', 'vie');
    await dom.click('.tabs button', 'Graph');
    expect(seen).toEqual([
      'pushState #search=v',
      'replaceState #search=vi',
      'pushState #search=vi&sort=principal',
      'pushState #search=vie&sort=principal',
      'pushState #tab=graph&search=vie&sort=principal',
    ]);
  });

  test('is followed, also by what is typed next', async () => {
    const dom = await open('search=view');
    const seen = addressesOf(dom);
    await dom.go('search=platform&set=Admin');
    expect(people(dom)).toEqual(['Admin']);
    expect(dom.find('.search')).toHaveProperty('value', 'platform');
    await dom.type('.search', 'plat');
    expect(seen).toEqual(['pushState #search=plat&set=Admin']);
  });

  test('has the last keystrokes when the reader leaves', async () => {
    const dom = await open();
    await dom.type('.search', 'v');
    const seen = addressesOf(dom);
    const field = dom.find('.search') as HTMLInputElement;
    field.value = 'vi';
    field.dispatchEvent(new dom.window.Event('input'));
    expect(seen).toEqual([]);
    dom.window.dispatchEvent(new dom.window.Event('pagehide'));
    expect(seen).toEqual(['replaceState #search=vi']);
  });

  test('may be refused by the browser', async () => {
    const dom = await open();
    const { DOMException } = dom.window as unknown as { DOMException: typeof globalThis.DOMException };
    dom.window.history.pushState = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
    await dom.type('.search', 'view');
    expect(people(dom)).toEqual(['View']);
  });
});

describe('a link of the summary', () => {
  const link = (dom: Dom) => dom.find('header a[href^="#"]', 'prod') as HTMLAnchorElement;

  test('is current while the table shows just its rows, in whichever order', async () => {
    const dom = await open();
    expect(link(dom).getAttribute('aria-current')).toBeNull();
    await dom.click(link(dom));
    expect(`#${dom.hash}`).toBe(link(dom).hash);
    expect(link(dom).getAttribute('aria-current')).toBe('true');
    await dom.click('th.principal button');
    expect(link(dom).getAttribute('aria-current')).toBe('true');
    await dom.type('.search', 'view');
    expect(link(dom).getAttribute('aria-current')).toBeNull();
  });

  test('leads to the rows, with the focus, each time', async () => {
    const dom = await open();
    const table = () => dom.find('.table-region');
    await dom.click(link(dom));
    expect(dom.document.activeElement).toBe(table());
    link(dom).focus();
    await dom.click(link(dom));
    expect(dom.document.activeElement).toBe(table());
    // The page scrolls to the bar above the rows, and no further.
    const scrolledTo: Element[] = [];
    dom.window.HTMLElement.prototype.scrollIntoView = function () {
      scrolledTo.push(this);
    };
    await dom.click(link(dom));
    expect(scrolledTo).not.toContain(table());
    // Other changes of the address don't move the focus.
    dom.find('.search').focus();
    await dom.go('search=view');
    expect(dom.document.activeElement).toBe(dom.find('.search'));
  });

  test('that opens elsewhere leaves this page as it is', async () => {
    const dom = await open();
    link(dom).focus();
    for (const key of ['ctrlKey', 'metaKey', 'shiftKey'] as const)
      link(dom).dispatchEvent(new dom.window.MouseEvent('click', { [key]: true, cancelable: true }));
    await dom.go('search=view');
    expect(dom.document.activeElement).toBe(link(dom));
  });

  test('leads to the page itself if no row is there', async () => {
    const dom = await open('search=nobody&tab=graph');
    await dom.click(link(dom));
    expect(dom.hash.startsWith('cluster=')).toBe(true);
    expect(dom.document.activeElement).toBe(dom.find('.table-region'));
  });
});

describe('below its summary, a page says that it is', () => {
  const html = async () => [...renderPage(await loadPageApp(), dataOf(ROWS))].join('');

  test('cut off', async () => {
    const whole = await html();
    const dom = await openDom(whole.slice(0, whole.lastIndexOf('}')));
    expect(dom.text('[role=alert]')).toMatch(/^The file is incomplete: .* Get the whole file again/);
    expect(dom.texts('h1, main h2')).toEqual(['Who has access to prod', "The table can't be shown"]);
  });

  test('damaged', async () => {
    const dom = await openDom((await html()).replace('"principals":[{', '"principals":null,"x":[{'));
    expect(dom.text('[role=alert]')).toMatch(/^Its program stopped: TypeError.* Open the file in a current/);
  });
});
