import { ROLE_PREFIX } from '../../../role-name.ts';
import { printable } from '../../../text.ts';
import { count } from '../../texts.ts';
import { element, svgElement, textWidth } from '../dom.ts';
import type { PageState } from '../page.ts';
import { PADDING, type PlacedBox, type PlacedGraph, type PlacedLine } from './layout.ts';
import type { Item, Layer, Node, State } from './model.ts';

/** The heights of a title, of the detail below it, and of a name in an opened box: see graph.css. */
const [TITLE, DETAIL, NAME] = [30, 16, 22];

/** The titles are the widest texts of a box: see graph.css. */
export function titleWidth(text: string): number {
  return textWidth(text, '600 13px');
}

/** @param shown how many names of a box of several are shown */
export function heightOf({ detail, members }: Node, shown: number): number {
  const lines = shown === 0 ? 0 : shown + (shown < members.length ? 1 : 0);
  return TITLE + (detail === '' ? 0 : DETAIL) + NAME * lines;
}

/** The words for a column: its heading, and what its things are. */
const LAYER_TEXTS: Readonly<Record<Layer, { readonly heading: string; readonly hint: string }>> = {
  person: { heading: 'Who', hint: 'a person, or an IAM identity' },
  via: { heading: 'Group', hint: 'in Identity Center' },
  set: { heading: 'Permission set', hint: 'what is assigned' },
  account: { heading: 'Account and role', hint: 'the IAM role to sign in with' },
  entry: { heading: 'Entry', hint: 'turns the role into a username' },
  group: { heading: 'Kubernetes group or policy', hint: 'a group counts through its roles' },
  role: { heading: 'Kubernetes role', hint: 'permissions and where' },
};

/** The lines, and the boxes as one list for each column, so that screen readers can read and count them. */
export function drawGraph(
  { boxes, lines, columns, width, height }: PlacedGraph,
  elementOf: (box: PlacedBox) => HTMLElement,
): HTMLElement {
  const drawn = new Map(boxes.map((box) => [box.node, elementOf(box)]));
  const paths = new Map(
    lines.map((line) => [line, svgElement('path', { d: line.path, class: classOf('graph-line', line) })]),
  );
  // Routes to cluster admin are on top.
  const inOrder = [...paths].sort(([one], [other]) => Number(one.isAdmin) - Number(other.isAdmin));
  const lists = columns.map(({ layer }) => {
    const own = boxes.filter(({ node }) => node.layer === layer).sort((one, other) => one.y - other.y);
    const name = `${LAYER_TEXTS[layer].heading}, ${own.length}`;
    return element('ul', { 'aria-label': name }, ...own.map(({ node }) => drawn.get(node) ?? null));
  });
  const headings = columns.map(({ layer, x }, index) => {
    const { heading, hint } = LAYER_TEXTS[layer];
    const text = element(
      'div',
      {},
      element('strong', {}, heading),
      element('span', { class: 'muted' }, hint),
    );
    return placed(text, { left: x, width: (columns[index + 1]?.x ?? width) - x });
  });
  const canvas = element(
    'div',
    { class: 'graph-canvas' },
    element('div', { class: 'graph-headings', 'aria-hidden': 'true' }, ...headings),
    element(
      'div',
      { class: 'graph-boxes' },
      svgElement('svg', { width, height, 'aria-hidden': 'true' }, ...inOrder.map(([, path]) => path)),
      ...lists,
    ),
  );
  canvas.style.setProperty('--graph-on-paper', String(Math.min(1, PAPER / width)));
  lightPaths(canvas, drawn, paths);
  return placed(canvas, { width });
}

/** The width of a sheet, in CSS pixels. */
const PAPER = 960;

/** @param lengths in pixels, by the names of their styles */
function placed(
  one: HTMLElement,
  lengths: Readonly<Partial<Record<'left' | 'top' | 'width' | 'height', number>>>,
): HTMLElement {
  for (const [name, length] of Object.entries(lengths)) one.style.setProperty(name, `${length}px`);
  return one;
}

const STATE_WORDS: Readonly<Record<State, string>> = {
  granted: '',
  unknown: 'unknown',
  none: 'no access',
  gone: 'gone',
};

/** In colors and without: the mark of what leads to cluster admin. */
export function adminMark(): HTMLElement {
  return element('span', { class: 'graph-mark', 'aria-hidden': 'true' }, '●');
}

/** A text for screen readers: boxes show it by their place, by color, or shorter. */
function spoken(text: string): HTMLElement {
  return element('span', { class: 'hidden-text' }, text);
}

/**
 * A box: a link that filters by it, or for several people, a button.
 * @param shown the names that it shows of several people
 * @param show shows more of them, or none
 */
export function boxElement(
  page: PageState,
  { node, x, y, width, height }: PlacedBox,
  shown: readonly Item[],
  show: (names: number) => void,
): HTMLElement {
  const { id, layer, title, detail, filters, members, state, change, isAdmin } = node;
  const word = STATE_WORDS[state] || (change ?? '');
  const marked = word === '' ? null : element('span', { class: `graph-word ${state}` }, word);
  const below = [spoken('; '), marked, marked ? ', ' : null, ...shortened(detail, width)];
  const content = [
    spoken(`${LAYER_TEXTS[layer].heading}: `),
    element('strong', {}, ...shortened(title, width)),
    ...(marked && detail === '' ? [spoken('; '), marked] : []),
    ...(isAdmin ? [adminMark(), spoken('; leads to cluster admin')] : []),
    detail === '' ? null : element('span', { class: 'graph-detail' }, ...below),
  ];
  // A pointer shows what may be cut.
  const attributes = { class: 'graph-box', title: printable(detail === '' ? title : `${title}, ${detail}`) };
  let main: HTMLElement;
  if (members.length > 0) {
    const expanded = String(shown.length > 0);
    const toggle = () => show(shown.length > 0 ? 0 : MORE_NAMES);
    const button = { type: 'button', 'aria-expanded': expanded, onclick: toggle };
    main = element('button', { ...attributes, ...button }, ...content);
  } else if (Object.keys(filters).length > 0) {
    const { isChosen, href } = filterBy(page, filters);
    const effect = spoken(isChosen ? '; remove this filter' : '; filter by it');
    main = element('a', { ...attributes, href }, ...content, effect);
  } else main = element('div', attributes, ...content);
  const made = element(
    'li',
    { class: classOf('graph-place', node), 'data-box': id },
    main,
    shown.length === 0 ? null : namesElement(page, members, shown, show),
  );
  return placed(made, { left: x, top: y, width, height });
}

/** Names that a box of several shows at first, and adds. */
const MORE_NAMES = 50;

/** The names behind a box of several, each a link to their rows. */
function namesElement(
  page: PageState,
  members: readonly Item[],
  shown: readonly Item[],
  show: (names: number) => void,
): HTMLElement {
  const links = shown.map(({ title, filters }) => {
    const href = page.hashOf({ tab: 'table', filters: { ...page.view.filters, ...filters } });
    return element('li', {}, element('a', { href, title: printable(title) }, title));
  });
  const rest = members.length - shown.length;
  const more = element(
    'button',
    { type: 'button', onclick: () => show(shown.length + MORE_NAMES) },
    `${count(rest)} more`,
  );
  return element('ul', { class: 'graph-names' }, ...links, rest > 0 ? element('li', {}, more) : null);
}

/** The address with these filters added; with them already chosen, the address without them. */
function filterBy(page: PageState, filters: Item['filters']): { isChosen: boolean; href: string } {
  const added = page.hashOf({ filters: { ...page.view.filters, ...filters } });
  if (added !== page.hashOf({})) return { isChosen: false, href: added };
  const none = Object.fromEntries(Object.keys(filters).map((key) => [key, []]));
  return { isChosen: true, href: page.hashOf({ filters: { ...page.view.filters, ...none } }) };
}

/** The starts of many names in a column: they tell least. */
const COMMON_STARTS = [ROLE_PREFIX, 'AmazonEKS'];

/** Leaves out such a start if there is no room for it. */
function shortened(text: string, width: number): (HTMLElement | string)[] {
  const start = COMMON_STARTS.find((one) => text.startsWith(one));
  if (start === undefined || titleWidth(text) < width - 2 * PADDING) return [text];
  return [spoken(start), element('span', { 'aria-hidden': 'true' }, '…'), text.slice(start.length)];
}

function classOf(name: string, { isAdmin, state }: Pick<Node, 'isAdmin' | 'state'>): string {
  return [name, ...(isAdmin ? ['admin'] : []), ...(state === 'granted' ? [] : ['open'])].join(' ');
}

/** Shows the paths through the box under the pointer, or with the focus. */
function lightPaths(
  canvas: HTMLElement,
  boxes: ReadonlyMap<Node, Element>,
  lines: ReadonlyMap<PlacedLine, Element>,
): void {
  const light = ({ type, target }: Event) => {
    const isLeft = type === 'pointerleave' || type === 'focusout';
    const place = isLeft ? null : (target as Element).closest('[data-box]');
    const [start] = [...boxes].find(([, box]) => box === place) ?? [];
    canvas.classList.toggle('follows', start !== undefined);
    const [left, right] = [new Set(start && [start]), new Set(start && [start])];
    for (const node of right) for (const { from, to } of lines.keys()) if (from === node) right.add(to);
    for (const node of left) for (const { from, to } of lines.keys()) if (to === node) left.add(from);
    for (const [node, box] of boxes) box.classList.toggle('lit', left.has(node) || right.has(node));
    for (const [{ from, to }, line] of lines)
      line.classList.toggle('lit', (left.has(from) && left.has(to)) || (right.has(from) && right.has(to)));
  };
  for (const type of ['pointerover', 'pointerleave', 'focusin', 'focusout'])
    canvas.addEventListener(type, light);
}
