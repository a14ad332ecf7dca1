import { printable } from '../../../text.ts';
import { element } from '../dom.ts';
import { FACETS, type FacetKey, valueLabel } from '../facets.ts';
import type { Page } from '../page.ts';
import { count } from '../texts.ts';
import type { View } from '../view.ts';

/** Values of one facet shown as chips; the others are in one chip. */
const MOST = 4;

/** The filters in words, each with a button that removes it. */
export function chipList(page: Page, onEmpty: () => void): HTMLElement {
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

function chipsOf({ rows, selector, view }: Page): readonly Chip[] {
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
