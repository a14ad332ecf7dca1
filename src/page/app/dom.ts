import { printable } from '../../text.ts';

/** Attributes of an element, and its listeners under their event names: `{ class: 'chip', onclick: remove }` */
// biome-ignore lint/plugin: never looked up by a name
type Attributes = Readonly<Record<string, string | number | boolean | null | ((event: Event) => void)>>;

type Child = Node | string | null;

/**
 * Creates an element. A string becomes text, never markup, with invisible and direction-changing characters escaped.
 * @param attributes null and false leave one out, true sets it without a value
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

const SVG = 'http://www.w3.org/2000/svg';

/** Like `element`, for SVG. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled<Made extends Element>(made: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice('on'.length), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  const shown = children.filter((child) => child !== null);
  made.append(...shown.map((child) => (typeof child === 'string' ? printable(child) : child)));
  return made;
}

/** Texts share it: a graph has a thousand of them. */
let measure: CanvasRenderingContext2D | null = null;

/**
 * The width of a text on the page in pixels.
 * @param style weight and size; by default, the size of the page
 */
export function textWidth(text: string, style = getComputedStyle(document.body).fontSize): number {
  measure ??= document.createElement('canvas').getContext('2d');
  if (!measure) return text.length * 8;
  measure.font = `${style} ${getComputedStyle(document.body).fontFamily}`;
  return measure.measureText(text).width;
}
