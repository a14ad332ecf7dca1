import { printable } from '../../text.ts';
import { dateText } from '../texts.ts';

/** HTML that is safe by construction: only `html` makes it. */
class Markup {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type { Markup };

/** Null and lists without items leave nothing. */
type Value = Markup | string | null | readonly Value[];

/**
 * HTML in a template. Its values are texts, wherever they are, between tags or between the quotes of an attribute: they are
 * escaped, with invisible and direction-changing characters shown.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(
    parts.map((part, index) => (index === 0 ? part : textOf(values[index - 1] ?? null) + part)).join(''),
  );
}

function textOf(value: Value): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value !== 'string') return value.map(textOf).join('');
  return printable(value).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Puts a separator between items. */
export function joined(items: readonly Markup[], separator = ', '): Value {
  return items.flatMap((item, index) => (index === 0 ? [item] : [separator, item]));
}

/** A date as people write it, with its ISO form. */
export function dateMarkup(iso: string, withTime = false): Markup {
  const text = dateText(iso, withTime);
  return text === iso ? html`${iso}` : html`<time datetime="${iso}">${text}</time>`;
}
