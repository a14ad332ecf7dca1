import { printable } from '../../text.ts';

/** HTML that is safe by construction: only `markup` makes it. */
export class Markup {
  private readonly html: string;

  /** @param children texts are escaped, with invisible and direction-changing characters shown; null is left out */
  constructor(tag: string, attributes: Attributes, children: readonly Child[]) {
    const stated = Object.entries(attributes).flatMap(([name, value]) => {
      if (value === null || value === false) return [];
      return value === true ? ` ${name}` : ` ${name}="${escapedText(String(value))}"`;
    });
    const inner = children.map((child) => {
      if (child === null) return '';
      return child instanceof Markup ? child.html : escapedText(printable(child));
    });
    this.html = `<${tag}${stated.join('')}>${inner.join('')}</${tag}>`;
  }

  toString(): string {
    return this.html;
  }
}

/** Null and false leave an attribute out, true sets it without a value. */
type Attributes = Readonly<Record<string, string | number | boolean | null>>;

export type Child = Markup | string | null;

/** Makes an element that has an end tag. */
export function markup(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): Markup {
  return new Markup(tag, attributes, children);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

function escapedText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES.get(character) ?? '');
}
