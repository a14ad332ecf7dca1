import { printable } from '../../../text.ts';
import { FACETS, type FacetKey, valueLabel } from '../../facets.ts';
import { count, selectedText } from '../../texts.ts';
import type { View } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { filterMenu } from './filter-menu.ts';
import { copyLinkButton, saveButton } from './save-view.ts';

/** The search field and the filters, which all tabs share. */
export function filterBar(page: PageState): HTMLElement {
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
  prepareSearch(page.selector.preparation());
  const filters = element('div', { class: 'filters screen-only', role: 'search' }, bar, state);
  followHeight(filters, bar);
  return filters;
}

function searchField(page: PageState): HTMLInputElement {
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
function facetButtons(page: PageState): HTMLElement {
  const useful = (isCommon: boolean) =>
    FACETS.filter((facet) => facet.isCommon === isCommon && page.selector.hasChoice(facet.key));
  const menuOf = ({ key }: { readonly key: FacetKey }) => filterMenu(page, key);
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
function filtersToggle(page: PageState, facets: HTMLElement): HTMLElement {
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

function rowCount(page: PageState): HTMLElement {
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

/** Computes, step by step while the page has nothing else to do, what the first search needs. */
function prepareSearch(steps: Iterator<void>): void {
  const whenIdle = (run: () => void) => {
    // Safari has no idle time.
    if ('requestIdleCallback' in window) requestIdleCallback(run, { timeout: 1_000 });
    else setTimeout(run, 100);
  };
  const next = () => {
    if (!steps.next().done) whenIdle(next);
  };
  whenIdle(next);
}

/** Values of one facet shown as chips; the others are in one chip. */
const MOST = 4;

/** The filters in words, each with a button that removes it. */
function chipList(page: PageState, onEmpty: () => void): HTMLElement {
  const list = element('ul', { class: 'chips', 'aria-label': 'Filters' });
  const clear = element(
    'button',
    {
      type: 'button',
      class: 'quiet',
      onclick: () => {
        page.change({ search: '', filters: {} });
        onEmpty();
      },
    },
    'Clear all',
  );
  const last = element('li', {}, clear);
  let shown: View['filters'] | null = null;
  page.follow(({ view }) => {
    const chips = chipsOf(page);
    list.hidden = chips.length === 0 && view.search === '';
    if (shown === view.filters) return;
    shown = view.filters;
    list.replaceChildren(...chips.map((chip, index) => chipItem(chip, () => remove(chip, index))), last);
  });
  /** Moves the focus to the chip that takes the place of the removed one. */
  function remove({ key, values }: Chip, index: number): void {
    const kept = (page.view.filters[key] ?? []).filter((value) => !values.includes(value));
    page.change({ filters: { ...page.view.filters, [key]: kept } });
    const buttons = list.querySelectorAll<HTMLElement>('.chip');
    const next = buttons[Math.min(index, buttons.length - 1)];
    if (next) next.focus();
    else onEmpty();
  }
  return list;
}

/** A filter, or several of one facet together. */
interface Chip {
  readonly key: FacetKey;
  readonly values: readonly string[];
  /** `Account` */
  readonly label: string;
  /** `prod-eks (111122223333)` */
  readonly text: string;
  /** True if no row has the value, such as a person who is gone. */
  readonly isMissing: boolean;
}

function chipsOf({ rows, selector, view }: PageState): readonly Chip[] {
  return FACETS.flatMap(({ key, label }): Chip[] => {
    const values = view.filters[key] ?? [];
    const most = values.length > MOST + 1 ? MOST : values.length;
    const single = values.slice(0, most).map((value) => ({
      key,
      values: [value],
      label,
      text: valueLabel(rows, key, value),
      isMissing: !selector.hasValue(key, value),
    }));
    const rest = values.slice(most);
    if (rest.length === 0) return single;
    return [...single, { key, values: rest, label, text: `${count(rest.length)} more`, isMissing: false }];
  });
}

function chipItem({ label, text, isMissing }: Chip, onRemove: () => void): HTMLElement {
  const button = element(
    'button',
    {
      type: 'button',
      class: isMissing ? 'chip is-missing' : 'chip',
      title: printable(text),
      onclick: onRemove,
    },
    element('span', { class: 'hidden-text' }, 'Remove filter '),
    element('span', { class: 'chip-label' }, `${label}: `),
    element('span', { class: 'name chip-text' }, text),
    isMissing ? element('span', { class: 'chip-note' }, ' (no rows on this page)') : null,
    element('span', { class: 'chip-x', 'aria-hidden': 'true' }, '×'),
  );
  return element('li', {}, button);
}
