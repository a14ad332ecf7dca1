import { element } from './dom.ts';
import { count } from './texts.ts';

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
  /** The ID of the element that explains it. */
  readonly describedBy?: string;
  readonly placeholder?: string;
  /** All that can be chosen, in order. */
  readonly options: () => readonly ComboboxOption[];
  /** Called when an option is chosen; null for a text that isn't one. */
  readonly onChoose: (option: ComboboxOption) => void;
  /** Called for each change of the text by the reader. */
  readonly onText: (text: string) => void;
}

export interface Combobox {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
}

/** Suggestions that are shown at once. */
const MOST = 50;

/**
 * A text field with suggestions (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/): all words of the text must occur in
 * one, in any order.
 */
export function combobox(given: ComboboxOptions): Combobox {
  const { id, label, describedBy = null, placeholder = null } = given;
  const listId = `${id}-list`;
  let shown: readonly ComboboxOption[] = [];
  let active = -1;
  const input = element('input', {
    type: 'text',
    id,
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': listId,
    'aria-describedby': describedBy,
    placeholder,
    oninput: () => {
      given.onText(input.value);
      open();
    },
    onkeydown: (event) => onKey(event as KeyboardEvent),
    onclick: () => open(),
    onblur: () => close(),
  });
  const list = element('ul', { id: listId, role: 'listbox', 'aria-label': label, hidden: true });
  const more = element('p', { class: 'combobox-more muted', hidden: true });
  const popup = element('div', { class: 'combobox-popup', hidden: true }, list, more);
  // A press on the popup must not take the focus from the field before the click.
  popup.addEventListener('mousedown', (event) => event.preventDefault());

  function open(): void {
    const all = given.options();
    const found = matching(all, input.value);
    shown = found.slice(0, MOST);
    active = -1;
    list.replaceChildren(...shown.map(optionElement));
    more.replaceChildren(`${count(found.length - shown.length)} more: type to narrow down`);
    more.toggleAttribute('hidden', found.length <= shown.length);
    setOpen(shown.length > 0);
  }

  function close(): void {
    active = -1;
    setOpen(false);
  }

  function setOpen(isOpen: boolean): void {
    popup.toggleAttribute('hidden', !isOpen);
    list.toggleAttribute('hidden', !isOpen);
    input.setAttribute('aria-expanded', String(isOpen));
    input.removeAttribute('aria-activedescendant');
  }

  function optionElement(option: ComboboxOption, index: number): HTMLElement {
    return element(
      'li',
      { role: 'option', id: `${listId}-${index}`, 'aria-selected': 'false', onclick: () => choose(option) },
      element('span', { class: 'name' }, option.label),
      option.detail === '' ? null : element('span', { class: 'muted' }, ` ${option.detail}`),
    );
  }

  function choose(option: ComboboxOption): void {
    input.value = option.label;
    close();
    given.onChoose(option);
  }

  function onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const option = shown[active];
    if (step !== undefined) {
      event.preventDefault();
      if (popup.hidden) open();
      move(step);
    } else if (event.key === 'Enter' && !popup.hidden && option) {
      event.preventDefault();
      choose(option);
    } else if (event.key === 'Escape' && !popup.hidden) {
      event.preventDefault();
      close();
    }
  }

  function move(step: number): void {
    if (shown.length === 0) return;
    list.children[active]?.setAttribute('aria-selected', 'false');
    const from = active < 0 && step < 0 ? 0 : active;
    active = (from + step + shown.length) % shown.length;
    const now = list.children[active];
    now?.setAttribute('aria-selected', 'true');
    now?.scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', `${listId}-${active}`);
  }

  const field = element(
    'div',
    { class: 'combobox' },
    element('label', { for: id }, label),
    element('div', { class: 'combobox-field' }, input, popup),
  );
  return { element: field, input };
}

function matching(options: readonly ComboboxOption[], text: string): readonly ComboboxOption[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return options;
  return options.filter((option) => {
    const all = `${option.label} ${option.detail}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
