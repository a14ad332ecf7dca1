import { element } from '../dom.ts';
import { FACETS, type FacetKey } from '../facets.ts';
import { inIdleTime } from '../idle.ts';
import type { Page } from '../page.ts';
import { count, selectedText } from '../texts.ts';
import { chipList } from './chips.ts';
import { copyLinkButton } from './copy-link.ts';
import { FacetItems } from './facet-items.ts';
import { filterMenu } from './filter-menu.ts';
import { saveButton } from './save-csv.ts';

/** The search field and the filters, which all tabs share. */
export function filterBar(page: Page): HTMLElement {
  const search = searchField(page);
  const common = facetButtons(page);
  const toggle = filtersToggle(page, common);
  const bar = element('div', { class: 'filter-bar' }, search, toggle, common);
  const state = element(
    'div',
    { class: 'filter-state' },
    rowCount(page),
    chipList(page, () => search.focus()),
    element('div', { class: 'filter-actions' }, copyLinkButton(page), saveButton(page)),
  );
  inIdleTime(page.selector.preparation());
  const filters = element('div', { class: 'filters screen-only', role: 'search' }, bar, state);
  followHeight(filters, bar);
  return filters;
}

function searchField(page: Page): HTMLInputElement {
  const search = element('input', {
    type: 'search',
    class: 'search',
    placeholder: 'Search all columns',
    'aria-label': 'Search all columns',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => page.change({ search: search.value }),
  });
  page.follow(({ view }) => {
    if (search.value !== view.search) search.value = view.search;
  });
  return search;
}

/** The buttons of the facets by which this page can be filtered; the less common ones on request. */
function facetButtons(page: Page): HTMLElement {
  const items = new FacetItems(page.rows, page.selector);
  const useful = (isCommon: boolean) =>
    FACETS.filter((facet) => facet.isCommon === isCommon && page.selector.hasChoice(facet.key));
  const menuOf = ({ key }: { readonly key: FacetKey }) => filterMenu(page, items, key);
  const others = element('div', { class: 'more-facets', hidden: true });
  const more = element(
    'button',
    {
      type: 'button',
      class: 'quiet',
      'aria-expanded': 'false',
      onclick: () => {
        // Values such as roles are computed only for readers who want them: there may be very many.
        if (others.childElementCount === 0) others.append(...useful(false).map(menuOf));
        others.hidden = !others.hidden;
        more.setAttribute('aria-expanded', String(!others.hidden));
        more.textContent = others.hidden ? 'More filters' : 'Fewer filters';
      },
    },
    'More filters',
  );
  return element(
    'div',
    { class: 'facets', id: 'facets', role: 'group', 'aria-label': 'Filters' },
    ...useful(true).map(menuOf),
    more,
    others,
  );
}

/** On a small screen, the facets are behind this button. */
function filtersToggle(page: Page, facets: HTMLElement): HTMLElement {
  const chosen = element('span', { class: 'chosen-count' });
  const button = element(
    'button',
    {
      type: 'button',
      class: 'facets-toggle',
      'aria-expanded': 'false',
      'aria-controls': 'facets',
      onclick: () => {
        const isOpen = facets.classList.toggle('is-open');
        button.setAttribute('aria-expanded', String(isOpen));
      },
    },
    'Filters',
    chosen,
  );
  page.follow(({ view }) => {
    const number = FACETS.reduce((sum, { key }) => sum + (view.filters[key]?.length ?? 0), 0);
    chosen.textContent = number === 0 ? '' : count(number);
  });
  return button;
}

function rowCount(page: Page): HTMLElement {
  const status = element('p', { class: 'row-count', role: 'status' });
  let counted: Uint32Array | null = null;
  page.follow(({ rows, selected }) => {
    if (selected === counted) return;
    counted = selected;
    const earlier = rows.data.since ? selected.filter((row) => rows.isEarlier(row)).length : 0;
    const gone = earlier === 0 ? '' : `, ${count(earlier)} of them gone`;
    const text = `${selectedText(selected.length, rows.count)}${gone}`;
    if (status.textContent !== text) status.textContent = text;
  });
  return status;
}

/** Tells the styles how much of the window the bar covers, for what else sticks to its top. */
function followHeight(filters: HTMLElement, bar: HTMLElement): void {
  const root = document.documentElement;
  const observer = new ResizeObserver(() => {
    // On a small screen, only the bar itself sticks, and the box around it isn't rendered.
    const height = filters.offsetHeight || bar.offsetHeight;
    root.style.setProperty('--filters-height', `${height}px`);
  });
  observer.observe(filters);
  observer.observe(bar);
}
