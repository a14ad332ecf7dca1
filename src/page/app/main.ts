import type { PageData } from '../data.ts';
import { PageRows } from '../decode.ts';
import { followAddress } from './address.ts';
import { element } from './dom.ts';
import { failureView } from './failure.ts';
import { filterBar } from './filters/filter-bar.ts';
import { graphView } from './graph/view.ts';
import { Page } from './page.ts';
import { rightsView } from './permissions/rights-view.ts';
import { scrollToRows } from './rows-link.ts';
import { footerView } from './summary/footer.ts';
import { summaryView } from './summary/summary.ts';
import { tableView } from './table/table-view.ts';
import { tabsView } from './tabs.ts';
import { viewToHash } from './view.ts';

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
  const page = new Page(rows, location.hash);
  app.replaceChildren(
    summaryView(page),
    element(
      'main',
      { tabindex: -1 },
      filterBar(page),
      tabsView(page, { table: tableView(page), graph: graphView(page), rights: rightsView(page) }),
    ),
    footerView(rows.data, licensesOf(document.getElementById('licenses'))),
  );
  followAddress(page);
  // A link to a view shows that view, not the top of the page.
  if (viewToHash(page.view) !== '') scrollToRows();
}

function licensesOf(script: HTMLElement | null): string {
  const licenses: unknown = JSON.parse(script?.textContent ?? '""');
  return typeof licenses === 'string' ? licenses : '';
}

// The data is further down in the file.
addEventListener('DOMContentLoaded', start);
