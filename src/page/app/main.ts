import type { PageData } from '../data.ts';
import { PageRows } from '../decode.ts';
import { element } from './dom.ts';
import { filterBar } from './filter-bar.ts';
import { graphView } from './graph-view.ts';
import { Page } from './page.ts';
import { rightsView } from './rights-view.ts';
import { summaryView } from './summary.ts';
import { tableView } from './table-view.ts';
import { tabsView } from './tabs.ts';
import { viewOfHash, viewToHash } from './view.ts';

function start(): void {
  const data = document.getElementById('data');
  const app = document.getElementById('app');
  if (!data || !app) return;
  const rows = new PageRows(JSON.parse(data.textContent ?? '') as PageData);
  // The browser would keep the text, too.
  data.remove();
  const page = new Page(rows, location.hash);
  app.replaceChildren(
    summaryView(page),
    element(
      'main',
      {},
      filterBar(page),
      tabsView(page, { table: tableView(page), graph: graphView(page), rights: rightsView(page) }),
    ),
  );
  followAddress(page);
}

/** Keeps the address and the view the same: the reader may go back, or paste an address. */
function followAddress(page: Page): void {
  addEventListener('hashchange', () => {
    if (location.hash.replace(/^#/, '') !== viewToHash(page.view)) page.show(viewOfHash(location.hash));
  });
  page.follow(({ view }) => {
    const hash = viewToHash(view);
    if (location.hash.replace(/^#/, '') !== hash) history.replaceState(null, '', `#${hash}`);
  });
}

start();
