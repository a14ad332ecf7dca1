import { FACETS, type FacetKey, facetOf } from '../../facets.ts';
import { count } from '../../texts.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { dropdown } from './dropdown.ts';

/** Values of the opened facet shown at once; more are found by typing. */
const MOST = 200;
/** Values of each facet that a search over all of them shows. */
const FEW = 6;

/** The button that opens the menu of filters: a field that finds facets and their values, and what it finds. */
export function filterMenu(page: PageState): HTMLElement {
  const menu = new FilterMenu(page);
  const { element: place, button } = dropdown('Filter', menu.panel, () => menu.open(null));
  page.follow(({ view }) => {
    const number = FACETS.reduce((sum, { key }) => sum + (view.filters[key]?.length ?? 0), 0);
    const chosen = element(
      'span',
      { class: 'chosen-count' },
      count(number),
      element('span', { class: 'hidden-text' }, ' chosen'),
    );
    button.replaceChildren('Filter ', ...(number === 0 ? [] : [chosen]));
  });
  return place;
}

/** How far a key moves in the menu. */
const STEPS: ReadonlyMap<string, number> = new Map([
  ['ArrowDown', 1],
  ['ArrowUp', -1],
]);

class FilterMenu {
  readonly panel: HTMLElement;
  private readonly page: PageState;
  private readonly head = element('div', { class: 'menu-head' });
  private readonly search: HTMLInputElement;
  private readonly list = element('div', { class: 'menu-list', role: 'group' });
  private readonly note = element('p', { class: 'menu-note muted small', role: 'status' });
  /** The facet whose values are shown; null for all facets. */
  private facet: FacetKey | null = null;
  /** True while the reader chooses here: what is shown stays where it is. */
  private isChoosing = false;

  constructor(page: PageState) {
    this.page = page;
    this.search = element('input', {
      type: 'search',
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => this.fill(),
    });
    this.panel = element(
      'div',
      { class: 'filter-menu', onkeydown: (event) => this.move(event as KeyboardEvent) },
      this.head,
      this.search,
      this.list,
      this.note,
    );
    page.follow(() => {
      if (!this.panel.hidden && !this.isChoosing) this.fill();
    });
  }

  /** Shows the values of a facet, or all facets. */
  open(facet: FacetKey | null, words = ''): void {
    this.facet = facet;
    this.search.value = words;
    const label = facet === null ? 'Find a filter or a value' : `Find in ${facetOf(facet).label}`;
    this.search.placeholder = label;
    this.search.setAttribute('aria-label', label);
    this.list.setAttribute('aria-label', facet === null ? 'Filters' : facetOf(facet).label);
    this.head.hidden = facet === null;
    const back = () => {
      this.open(null);
      this.search.focus();
    };
    if (facet !== null) {
      const { label: name, hint } = facetOf(facet);
      this.head.replaceChildren(
        element('button', { type: 'button', class: 'quiet', onclick: back }, '‹ All filters'),
        element('strong', {}, name),
        ...(hint === undefined ? [] : [element('p', { class: 'muted small' }, hint)]),
      );
    }
    this.fill();
  }

  private fill(): void {
    const words = this.search.value;
    this.note.textContent = '';
    if (this.facet !== null) {
      const found = this.page.selector.items(this.facet, this.page.view, words);
      this.list.replaceChildren(...this.values(this.facet, found.slice(0, MOST), ''));
      if (found.length > MOST)
        this.note.textContent = `${count(found.length - MOST)} more: type to find them`;
    } else if (words.trim() === '') this.list.replaceChildren(...this.facets(''));
    else {
      const values = this.useful().flatMap(({ key, label }) => {
        const found = this.page.selector.items(key, this.page.view, words);
        const rest = found.length - FEW;
        return [
          ...this.values(key, found.slice(0, FEW), `${label}: `),
          ...(rest > 0 ? [this.opener(key, `${count(rest)} more: ${label}`, words)] : []),
        ];
      });
      this.list.replaceChildren(...this.facets(words), ...values);
    }
    if (this.list.childElementCount > 0) return;
    this.note.textContent =
      words.trim() === '' ? 'The search and the other filters leave no rows.' : 'Nothing found';
  }

  private useful() {
    return FACETS.filter(({ key }) => this.page.selector.hasChoice(key));
  }

  /** @param words that must all be in the name of a facet */
  private facets(words: string): HTMLElement[] {
    const wanted = words.toLowerCase().split(/\s+/);
    return this.useful().flatMap(({ key, label }) =>
      wanted.every((word) => label.toLowerCase().includes(word)) ? [this.opener(key, label, '')] : [],
    );
  }

  private opener(key: FacetKey, label: string, words: string): HTMLElement {
    const open = () => {
      this.open(key, words);
      this.search.focus();
    };
    return element(
      'button',
      { type: 'button', class: 'menu-facet', onclick: open },
      label,
      ' ',
      element('span', { class: 'muted', 'aria-hidden': 'true' }, '›'),
    );
  }

  private values(
    key: FacetKey,
    found: ReturnType<PageState['selector']['items']>,
    prefix: string,
  ): HTMLElement[] {
    return found.map(({ value, label, count: number, isChosen }) => {
      const choose = () => {
        const others = (this.page.view.filters[key] ?? []).filter((one) => one !== value);
        this.isChoosing = true;
        this.page.change({
          filters: { ...this.page.view.filters, [key]: box.checked ? [...others, value] : others },
        });
        this.isChoosing = false;
      };
      const box = element('input', { type: 'checkbox', checked: isChosen, onchange: choose });
      return element(
        'label',
        {},
        box,
        element(
          'span',
          {},
          prefix === '' ? null : element('span', { class: 'muted' }, prefix),
          element('span', { class: 'name' }, label),
        ),
        ' ',
        element(
          'span',
          { class: 'muted' },
          count(number),
          element('span', { class: 'hidden-text' }, number === 1 ? ' row' : ' rows'),
        ),
      );
    });
  }

  /** Arrow keys move from the field into the list, and through it; Enter in the field takes the first one. */
  private move(event: KeyboardEvent): void {
    const inList = [...this.list.querySelectorAll<HTMLElement>('input, button')];
    const step = STEPS.get(event.key);
    if (event.key === 'Enter' && event.target === this.search) inList[0]?.click();
    else if (step !== undefined) {
      const stops = [this.search, ...inList];
      const at = stops.indexOf(document.activeElement as HTMLElement);
      stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
    } else return;
    event.preventDefault();
  }
}
