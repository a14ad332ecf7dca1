import { folded, searchWords } from '../../selection.ts';
import { count } from '../../texts.ts';
import { element } from '../dom.ts';

/** Something to choose. */
export interface ComboboxOption {
  readonly value: string;
  readonly label: string;
  /** A word about it, such as its kind. */
  readonly detail: string;
}

interface ComboboxOptions {
  readonly id: string;
  readonly label: string;
  readonly placeholder: string;
  /** All that can be chosen, in order. */
  readonly options: () => readonly ComboboxOption[];
  /** Called when an option is chosen. */
  readonly onChoose: (option: ComboboxOption) => void;
  /** Called for each change of the text by the reader. */
  readonly onText: (text: string) => void;
}

/** Suggestions that are shown at once. */
const MOST = 50;

/**
 * A text field with suggestions (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/): all words of the text must occur in
 * one, in any order.
 */
export function combobox({ id, label, placeholder, options, onChoose, onText }: ComboboxOptions) {
  let shown: readonly ComboboxOption[] = [];
  /** Index in `shown`; negative if no suggestion is marked. */
  let active = -1;
  const list = element('ul', { id: `${id}-list`, role: 'listbox', 'aria-label': label });
  const more = element('p', { class: 'muted' });
  const popup = element(
    'div',
    // A press on the popup must not take the focus from the field before the click.
    { class: 'combobox-popup', hidden: true, onmousedown: (event) => event.preventDefault() },
    list,
    more,
  );
  const input = element('input', {
    type: 'text',
    id,
    role: 'combobox',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': list.id,
    placeholder,
    oninput: () => {
      onText(input.value);
      open();
    },
    onkeydown: (event) => onKey(event as KeyboardEvent),
    onclick: open,
    onblur: () => setOpen(false),
  });

  function open(): void {
    const words = searchWords(input.value);
    const found = options().filter((one) => {
      const text = folded(`${one.label} ${one.detail}`);
      return words.every((word) => text.includes(word));
    });
    shown = found.slice(0, MOST);
    list.replaceChildren(...shown.map(optionElement));
    const rest = found.length - shown.length;
    more.replaceChildren(rest === 0 ? '' : `${count(rest)} more: type to narrow down`);
    setOpen(shown.length > 0);
  }

  function setOpen(isOpen: boolean): void {
    active = -1;
    popup.toggleAttribute('hidden', !isOpen);
    input.setAttribute('aria-expanded', String(isOpen));
    input.removeAttribute('aria-activedescendant');
  }

  function optionElement(option: ComboboxOption, index: number): HTMLElement {
    return element(
      'li',
      { role: 'option', id: `${list.id}-${index}`, 'aria-selected': 'false', onclick: () => choose(option) },
      element('span', { class: 'name' }, option.label),
      element('span', { class: 'muted' }, ` ${option.detail}`),
    );
  }

  function choose(option: ComboboxOption): void {
    input.value = option.label;
    setOpen(false);
    onChoose(option);
  }

  function onKey(event: KeyboardEvent): void {
    const isOpen = !popup.hidden;
    // The only suggestion needs no mark.
    const option = shown[active] ?? (shown.length === 1 ? shown[0] : undefined);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!isOpen) open();
      move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && isOpen && option) choose(option);
    else if ((event.key === 'Enter' || event.key === 'Escape') && isOpen) {
      setOpen(false);
      // The form takes the text as it is.
      if (event.key === 'Enter') return;
    } else return;
    event.preventDefault();
  }

  function move(step: number): void {
    if (shown.length === 0) return;
    list.children[active]?.setAttribute('aria-selected', 'false');
    const from = active < 0 && step < 0 ? 0 : active;
    active = (from + step + shown.length) % shown.length;
    const now = list.children[active];
    now?.setAttribute('aria-selected', 'true');
    now?.scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', `${list.id}-${active}`);
  }

  const field = element('div', { class: 'combobox-field' }, input, popup);
  return {
    element: element('div', { class: 'combobox' }, element('label', { for: id }, label), field),
    input,
  };
}
