import type { PageData } from '../data.ts';
import { PageRows } from '../decode.ts';
import { TABS, type Tab, viewToHash } from '../view.ts';
import { element } from './dom.ts';
import { filterBar } from './filters/filter-bar.ts';
import { graphView } from './graph/view.ts';
import { followAddress, PageState } from './page.ts';
import { rightsView } from './permissions/rights-view.ts';
import { scrollToRows } from './rows-link.ts';
import { summaryView } from './summary/summary.ts';
import { tableView } from './table/table-view.ts';

function start(): void {
  const app = document.getElementById('app');
  if (!app) return;
  try {
    showPage(app);
  } catch (error) {
    app.replaceChildren(failureView(error));
  }
}

/** @throws an error if the file is incomplete */
function showPage(app: HTMLElement): void {
  const data = document.getElementById('data');
  const rows = new PageRows(JSON.parse(data?.textContent ?? '') as PageData);
  // The browser would keep the text, too.
  data?.remove();
  const page = new PageState(rows, location.hash);
  app.replaceChildren(
    summaryView(page),
    element(
      'main',
      { tabindex: -1 },
      filterBar(page),
      tabsView(page, { table: tableView(page), graph: graphView(page), rights: rightsView(page) }),
    ),
    footerView(rows.data),
  );
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
    'main',
    { class: 'failure' },
    element('h1', {}, "This page can't be shown"),
    element('div', { role: 'alert' }, ...advice),
  );
}

const LABELS: Readonly<Record<Tab, string>> = { table: 'Table', graph: 'Graph', rights: 'Permissions' };

/**
 * The tabs and their panels; arrow keys move between tabs
 * (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/).
 */
function tabsView(page: PageState, panels: Readonly<Record<Tab, HTMLElement>>): HTMLElement {
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
  const list = element(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': 'Views', onkeydown: move },
    ...buttons,
  );
  const framed = TABS.map((tab) =>
    element(
      'section',
      { id: `panel-${tab}`, role: 'tabpanel', 'aria-labelledby': `tab-${tab}`, tabindex: 0 },
      panels[tab],
    ),
  );
  page.follow(({ view }) => {
    for (const [index, tab] of TABS.entries()) {
      const isChosen = tab === view.tab;
      buttons[index]?.setAttribute('aria-selected', String(isChosen));
      buttons[index]?.setAttribute('tabindex', isChosen ? '0' : '-1');
      framed[index]?.toggleAttribute('hidden', !isChosen);
    }
  });
  function move(event: Event): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[(event as KeyboardEvent).key];
    if (step === undefined) return;
    const next = (TABS.indexOf(page.view.tab) + step + TABS.length) % TABS.length;
    page.change({ tab: TABS[next] ?? page.view.tab });
    buttons[next]?.focus();
  }
  return element('div', {}, list, ...framed);
}

/** The program's version, on paper also its command, and the licenses of what the page contains. */
function footerView({ version, command }: PageData): HTMLElement {
  const licenses: unknown = JSON.parse(document.getElementById('licenses')?.textContent ?? '""');
  return element(
    'footer',
    {},
    element('p', {}, `aws-auth-sso ${version}`),
    element('p', { class: 'print-only name' }, element('code', {}, command)),
    ...(typeof licenses !== 'string' || licenses === ''
      ? []
      : [
          element(
            'details',
            { class: 'screen-only' },
            element('summary', {}, 'Licenses'),
            element(
              'pre',
              { tabindex: 0 },
              // Lines as they are: `element` would show a line feed as `\n`.
              ...licenses.split('\n').map((line) => document.createTextNode(`${line}\n`)),
            ),
          ),
        ]),
  );
}

// The data is further down in the file.
addEventListener('DOMContentLoaded', start);
