import { type FacetKey, facetOf } from '../../facets.ts';
import type { FacetItem } from '../../selection.ts';
import { count } from '../../texts.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { placeBeside } from './popover.ts';

/** Values shown at once; more are found by typing. */
const MOST = 200;
/** A list that is longer has a field to search it. */
const SHORT = 8;

/** The button of a facet, and the menu that it opens. */
export function filterMenu(page: PageState, key: FacetKey): HTMLElement {
  const { label } = facetOf(key);
  const chosen = element('span', { class: 'chosen-count' });
  const button = element(
    'button',
    { type: 'button', class: 'facet', popovertarget: `menu-${key}`, 'aria-haspopup': 'dialog' },
    label,
    chosen,
  );
  const menu = new FilterMenu(page, key);
  placeBeside(button, menu.panel, (isOpen) => menu.toggled(isOpen));
  page.follow(({ view }) => {
    const values = view.filters[key] ?? [];
    button.classList.toggle('is-active', values.length > 0);
    const number =
      values.length === 0 ? [] : [count(values.length), element('span', { class: 'hidden-text' }, ' chosen')];
    chosen.replaceChildren(...number);
    menu.update();
  });
  return element('div', { class: 'facet-menu' }, button, menu.panel);
}

/** A dialog with the values of a facet as checkboxes. */
class FilterMenu {
  readonly panel: HTMLElement;
  private readonly page: PageState;
  private readonly key: FacetKey;
  private readonly search: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly more: HTMLElement;
  private readonly clear: HTMLButtonElement;
  private isOpen = false;
  private boxes: readonly HTMLInputElement[] = [];
  /** The choice of all other filters that the list was made for. */
  private madeFor = '';

  constructor(page: PageState, key: FacetKey) {
    const { label, hint } = facetOf(key);
    this.page = page;
    this.key = key;
    this.search = element('input', {
      type: 'search',
      class: 'menu-search',
      placeholder: 'Find',
      'aria-label': `Find in ${label}`,
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => this.fill(),
    });
    this.list = element('div', { class: 'menu-list', role: 'group', 'aria-label': label });
    this.more = element('p', { class: 'menu-more muted', role: 'status' });
    this.clear = element(
      'button',
      { type: 'button', class: 'quiet', onclick: () => this.clearAll() },
      'Clear',
    );
    const close = element(
      'button',
      { type: 'button', class: 'quiet', popovertarget: `menu-${key}`, popovertargetaction: 'hide' },
      'Done',
    );
    const head = element('div', { class: 'menu-head' }, element('strong', {}, label), this.clear, close);
    this.panel = element(
      'div',
      {
        id: `menu-${key}`,
        class: 'menu',
        popover: 'auto',
        role: 'dialog',
        'aria-label': `Filter by ${label}`,
        onkeydown: (event) => this.move(event as KeyboardEvent),
      },
      head,
      hint === undefined ? null : element('p', { class: 'muted menu-hint' }, hint),
      this.search,
      this.list,
      this.more,
    );
  }

  toggled(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.search.value = '';
    if (isOpen) this.search.hidden = this.fill() <= SHORT;
    else this.list.replaceChildren();
  }

  /** Follows the view while the menu is open: the reader may go back. */
  update(): void {
    if (!this.isOpen) return;
    if (this.madeFor !== this.others()) this.fill();
    const chosen = new Set(this.page.view.filters[this.key]);
    for (const box of this.boxes) box.checked = chosen.has(box.value);
    this.clear.hidden = chosen.size === 0;
  }

  /** @returns the number of values found */
  private fill(): number {
    const found = this.page.selector.items(this.key, this.page.view, this.search.value);
    const shown = found.slice(0, MOST).map((item) => this.line(item));
    this.boxes = shown.map(({ box }) => box);
    this.list.replaceChildren(...shown.map(({ line }) => line));
    const rest = found.length - shown.length;
    this.more.textContent = this.note(found.length, rest);
    this.clear.hidden = !this.page.view.filters[this.key]?.length;
    this.madeFor = this.others();
    return found.length;
  }

  private note(found: number, rest: number): string {
    if (rest > 0) return `${count(rest)} more: type to find them`;
    if (found > 0) return '';
    return this.search.value === ''
      ? 'No rows are left by the search and the other filters.'
      : 'Nothing found';
  }

  private line({ value, label, count: number, isChosen }: FacetItem) {
    const box = element('input', { type: 'checkbox', onchange: () => this.choose(value, box.checked) });
    box.value = value;
    box.checked = isChosen;
    const rows = element(
      'span',
      { class: 'menu-count muted' },
      count(number),
      element('span', { class: 'hidden-text' }, number === 1 ? ' row' : ' rows'),
    );
    return { box, line: element('label', {}, box, element('span', { class: 'name' }, label), rows) };
  }

  private choose(value: string, isChosen: boolean): void {
    const others = (this.page.view.filters[this.key] ?? []).filter((one) => one !== value);
    this.filterBy(isChosen ? [...others, value] : others);
  }

  private clearAll(): void {
    (this.search.hidden ? this.boxes[0] : this.search)?.focus();
    this.filterBy([]);
    this.fill();
  }

  private filterBy(values: readonly string[]): void {
    this.page.change({ filters: { ...this.page.view.filters, [this.key]: values } });
  }

  private others(): string {
    return this.page.hashOf({
      filters: { ...this.page.view.filters, [this.key]: [] },
      tab: 'table',
      sort: null,
    });
  }

  /** Arrow keys move from the field into the list, and through it. */
  private move(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const stops = [...(this.search.hidden ? [] : [this.search]), ...this.boxes];
    const at = stops.findIndex((one) => one.matches(':focus'));
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
    event.preventDefault();
  }
}
