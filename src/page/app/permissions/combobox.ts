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
  /** The ID of the element that explains it. */
  readonly describedBy?: string;
  readonly placeholder?: string;
  /** All that can be chosen, in order. */
  readonly options: () => readonly ComboboxOption[];
  /** Called when an option is chosen. */
  readonly onChoose: (option: ComboboxOption) => void;
  /** Called for each change of the text by the reader. */
  readonly onText: (text: string) => void;
}

const STEPS: ReadonlyMap<string, number> = new Map([
  ['ArrowDown', 1],
  ['ArrowUp', -1],
]);

/** Suggestions that are shown at once. */
const MOST = 50;

/**
 * A text field with suggestions (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/): all words of the text must occur in
 * one, in any order.
 */
export class Combobox {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly given: ComboboxOptions;
  private readonly list: HTMLElement;
  private readonly more = element('p', { class: 'combobox-more muted', hidden: true });
  private readonly popup: HTMLElement;
  private shown: readonly ComboboxOption[] = [];
  /** Index in `shown`; negative if no suggestion is marked. */
  private active = -1;

  constructor(given: ComboboxOptions) {
    const { id, label } = given;
    this.given = given;
    this.list = element('ul', { id: `${id}-list`, role: 'listbox', 'aria-label': label, hidden: true });
    this.input = this.field();
    this.popup = element(
      'div',
      // A press on the popup must not take the focus from the field before the click.
      { class: 'combobox-popup', hidden: true, onmousedown: (event) => event.preventDefault() },
      this.list,
      this.more,
    );
    this.element = element(
      'div',
      { class: 'combobox' },
      element('label', { for: id }, label),
      element('div', { class: 'combobox-field' }, this.input, this.popup),
    );
  }

  private field(): HTMLInputElement {
    const { id, describedBy = null, placeholder = null } = this.given;
    return element('input', {
      type: 'text',
      id,
      role: 'combobox',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      'aria-controls': this.list.id,
      'aria-describedby': describedBy,
      placeholder,
      oninput: () => {
        this.given.onText(this.input.value);
        this.open();
      },
      onkeydown: (event) => this.onKey(event as KeyboardEvent),
      onclick: () => this.open(),
      onblur: () => this.setOpen(false),
    });
  }

  private open(): void {
    const found = matching(this.given.options(), this.input.value);
    this.shown = found.slice(0, MOST);
    this.list.replaceChildren(...this.shown.map((option, index) => this.optionElement(option, index)));
    const rest = found.length - this.shown.length;
    this.more.replaceChildren(`${count(rest)} more: type to narrow down`);
    this.more.toggleAttribute('hidden', rest === 0);
    this.setOpen(this.shown.length > 0);
  }

  private setOpen(isOpen: boolean): void {
    this.active = -1;
    this.popup.toggleAttribute('hidden', !isOpen);
    this.list.toggleAttribute('hidden', !isOpen);
    this.input.setAttribute('aria-expanded', String(isOpen));
    this.input.removeAttribute('aria-activedescendant');
  }

  private optionElement(option: ComboboxOption, index: number): HTMLElement {
    return element(
      'li',
      {
        role: 'option',
        id: `${this.list.id}-${index}`,
        'aria-selected': 'false',
        onclick: () => this.choose(option),
      },
      element('span', { class: 'name' }, option.label),
      option.detail === '' ? null : element('span', { class: 'muted' }, ` ${option.detail}`),
    );
  }

  private choose(option: ComboboxOption): void {
    this.input.value = option.label;
    this.setOpen(false);
    this.given.onChoose(option);
  }

  private onKey(event: KeyboardEvent): void {
    const step = STEPS.get(event.key);
    const isOpen = !this.popup.hidden;
    // The only suggestion needs no mark.
    const option = this.shown[this.active] ?? (this.shown.length === 1 ? this.shown[0] : undefined);
    if (step !== undefined) {
      if (!isOpen) this.open();
      this.move(step);
    } else if (event.key === 'Enter' && isOpen && option) this.choose(option);
    else if (event.key === 'Escape' && isOpen) this.setOpen(false);
    else return;
    event.preventDefault();
  }

  private move(step: number): void {
    const { list, shown } = this;
    if (shown.length === 0) return;
    list.children[this.active]?.setAttribute('aria-selected', 'false');
    const from = this.active < 0 && step < 0 ? 0 : this.active;
    this.active = (from + step + shown.length) % shown.length;
    const now = list.children[this.active];
    now?.setAttribute('aria-selected', 'true');
    now?.scrollIntoView({ block: 'nearest' });
    this.input.setAttribute('aria-activedescendant', `${list.id}-${this.active}`);
  }
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
