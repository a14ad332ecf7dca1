import type { PageData } from '../data.ts';
import { PageRows } from '../decode.ts';
import { TABS, type Tab, viewToHash } from '../view.ts';
import { element } from './dom.ts';
import { rowsFile, type TabView } from './filters/csv-file.ts';
import { filterState, filterTools } from './filters/filter-bar.ts';
import { copyLink, saveButton } from './filters/save-view.ts';
import { graphView } from './graph/view.ts';
import { followAddress, PageState } from './page.ts';
import { rightsView } from './permissions/rights-view.ts';
import { followSummary, scrollToRows } from './rows-link.ts';
import { tableView } from './table/table-view.ts';

function start(): void {
  const main = document.getElementById('app');
  if (!main) return;
  try {
    showPage(main);
  } catch (error) {
    main.replaceChildren(failureView(error));
  }
}

/** @throws an error if the file is incomplete */
function showPage(main: HTMLElement): void {
  const data = document.getElementById('data');
  const rows = new PageRows(JSON.parse(data?.textContent ?? '') as PageData);
  // The browser would keep the text, too.
  data?.remove();
  const page = new PageState(rows, location.hash);
  const exported = () => rowsFile(page);
  const tabs = {
    table: tableView(page),
    graph: { element: graphView(page), exported },
    rights: rightsView(page),
  };
  main.replaceChildren(barView(page, tabs), ...panels(page, tabs));
  followSummary(page);
  followAddress(page);
  // A link to a view shows that view, not the top of the page.
  if (viewToHash(page.view) !== '') scrollToRows();
}

/** Says why the page can't be shown, and what to do. */
function failureView(error: unknown): HTMLElement {
  // Only the data is parsed, and it is valid as long as it is whole.
  const isIncomplete = error instanceof SyntaxError;
  const advice = isIncomplete
    ? [
        element('p', {}, 'The file is incomplete: a mail program or a download may have cut it off.'),
        element('p', {}, 'Get the whole file again, or have it made again.'),
      ]
    : [
        element('p', {}, 'Its program stopped: ', element('code', { class: 'name' }, String(error))),
        element('p', {}, 'Open the file in a current version of Chrome, Edge, Firefox or Safari.'),
      ];
  return element(
    'div',
    { class: 'failure' },
    element('h2', {}, "The table can't be shown"),
    element('div', { role: 'alert' }, ...advice),
  );
}

const LABELS: Readonly<Record<Tab, string>> = { table: 'Table', graph: 'Graph', rights: 'Permissions' };

type Tabs = Readonly<Record<Tab, TabView>>;

/** Stays in view: the tabs, the search with its filters, and what can be done with what the tab shows. */
function barView(page: PageState, tabs: Tabs): HTMLElement {
  const enter = () => tabs[page.view.tab].enter?.();
  const bar = element(
    'div',
    { class: 'bar screen-only' },
    element(
      'div',
      { class: 'bar-line' },
      tabList(page),
      element(
        'div',
        { class: 'tools' },
        filterTools(page, enter),
        ...TABS.map((tab) => tabTools(page, tab, tabs[tab])),
        copyLink(page),
        saveButton(() => tabs[page.view.tab].exported()),
      ),
    ),
    filterState(page),
  );
  // Tells the styles how much of the window the bar covers, for what else sticks to its top.
  new ResizeObserver(() => {
    document.documentElement.style.setProperty('--bar-height', `${bar.offsetHeight}px`);
  }).observe(bar);
  return bar;
}

function tabTools(page: PageState, tab: Tab, { tools }: TabView): HTMLElement | null {
  if (tools) page.follow(({ view }) => tools.toggleAttribute('hidden', view.tab !== tab));
  return tools ?? null;
}

/** Arrow keys move between tabs (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/). */
function tabList(page: PageState): HTMLElement {
  const buttons = TABS.map((tab) =>
    element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${tab}`,
        'aria-controls': `panel-${tab}`,
        onclick: () => page.change({ tab }),
      },
      LABELS[tab],
    ),
  );
  page.follow(({ view }) => {
    for (const [index, tab] of TABS.entries()) {
      buttons[index]?.setAttribute('aria-selected', String(tab === view.tab));
      buttons[index]?.setAttribute('tabindex', tab === view.tab ? '0' : '-1');
    }
  });
  function move(event: Event): void {
    const { key } = event as KeyboardEvent;
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : undefined;
    if (step === undefined) return;
    const next = (TABS.indexOf(page.view.tab) + step + TABS.length) % TABS.length;
    page.change({ tab: TABS[next] ?? page.view.tab });
    buttons[next]?.focus();
  }
  return element(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': 'Views', onkeydown: move },
    ...buttons,
  );
}

function panels(page: PageState, tabs: Tabs): HTMLElement[] {
  return TABS.map((tab) => {
    const panel = element(
      'section',
      { id: `panel-${tab}`, role: 'tabpanel', 'aria-labelledby': `tab-${tab}`, tabindex: 0 },
      tabs[tab].element,
    );
    page.follow(({ view }) => panel.toggleAttribute('hidden', tab !== view.tab));
    return panel;
  });
}

// The data is further down in the file.
addEventListener('DOMContentLoaded', start);
