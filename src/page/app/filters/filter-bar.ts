import { printable } from '../../../text.ts';
import { FACETS, type FacetKey, valueLabel } from '../../facets.ts';
import { count, selectedText } from '../../texts.ts';
import type { View } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { filterMenu } from './filter-menu.ts';

/**
 * The search field and the menu of filters, which all tabs share.
 * @param onEnter follows what was typed
 */
export function filterTools(page: PageState, onEnter: () => void): HTMLElement {
  const search = element('input', {
    type: 'search',
    class: 'search',
    placeholder: 'Search',
    'aria-label': 'Search all columns',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => page.change({ search: search.value }),
    onkeydown: (event) => {
      if ((event as KeyboardEvent).key === 'Enter') onEnter();
    },
  });
  page.follow(({ view }) => {
    if (search.value !== view.search) search.value = view.search;
  });
  prepareSearch(page.selector.preparation());
  return element('div', { class: 'find', role: 'search' }, search, filterMenu(page));
}

/** How many rows the filters leave, and the filters in words. */
export function filterState(page: PageState): HTMLElement {
  return element('div', { class: 'filter-state' }, rowCount(page), chipList(page));
}

function rowCount(page: PageState): HTMLElement {
  const status = element('p', { class: 'row-count', role: 'status' });
  let counted: Uint32Array | null = null;
  page.follow(({ rows, selected }) => {
    if (selected === counted) return;
    counted = selected;
    const earlier = selected.filter((row) => rows.isEarlier(row)).length;
    const gone = earlier === 0 ? '' : `, ${count(earlier)} gone`;
    const text = `${selectedText(selected.length, rows.count)}${gone}`;
    if (status.textContent !== text) status.textContent = text;
  });
  return status;
}

/** Milliseconds in which the page can show something, or react. */
const PAUSE = 100;

/** Computes, step by step, what the first search needs. */
function prepareSearch(steps: Iterator<void>): void {
  const next = () => {
    if (!steps.next().done) setTimeout(next, PAUSE);
  };
  setTimeout(next, PAUSE);
}

/** Values of one facet shown as chips; the others are in one chip. */
const MOST = 4;

/** The filters in words, each with a button that removes it. */
function chipList(page: PageState): HTMLElement {
  const list = element('ul', { class: 'chips', 'aria-label': 'Filters' });
  const clear = () => {
    page.change({ search: '', filters: {} });
    goToSearch();
  };
  const last = element(
    'li',
    {},
    element('button', { type: 'button', class: 'quiet', onclick: clear }, 'Clear all'),
  );
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
    else goToSearch();
  }
  return list;
}

function goToSearch(): void {
  document.querySelector<HTMLElement>('.search')?.focus();
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
    { type: 'button', class: isMissing ? 'chip missing' : 'chip', title: printable(text), onclick: onRemove },
    element('span', { class: 'hidden-text' }, 'Remove filter '),
    element('span', { class: 'chip-label' }, `${label}: `),
    element('span', { class: 'name chip-text' }, text),
    isMissing ? ' (no rows on this page)' : null,
    element('span', { 'aria-hidden': 'true' }, '×'),
  );
  return element('li', {}, button);
}
