import { ROLE_PREFIX } from '../../../role-name.ts';
import { printable } from '../../../text.ts';
import { type FacetKey, facetOf } from '../../facets.ts';
import { count, rowsText } from '../../texts.ts';
import type { View } from '../../view.ts';
import { element, svgElement } from '../dom.ts';
import type { PageState } from '../page.ts';
import { type Box, type Graph, graphOf } from './graph.ts';
import { CHARACTER, PADDING, type PlacedGraph, placeGraph } from './layout.ts';
import type { Item, Layer, State } from './model.ts';

/** A graph with more boxes can't be read. */
const MOST_BOXES = 300;

/** The graph of the selected rows. It is drawn only while its tab is open. */
export function graphView(page: PageState): HTMLElement {
  const legend = element(
    'div',
    { class: 'graph-legend muted' },
    element(
      'p',
      {},
      'Each path shows how someone gets access, from left to right. Choose a box to filter by it.',
    ),
    element(
      'p',
      {},
      element('span', { class: 'graph-mark', 'aria-hidden': 'true' }, ADMIN_MARK),
      ' red: leads to cluster admin',
    ),
    element('p', {}, 'Dashed: no access, not known, or gone'),
  );
  const region = element('div', {
    class: 'graph-region',
    role: 'region',
    'aria-label': 'Graph of access, from people to permissions',
    tabindex: 0,
  });
  const status = element('div', { class: 'graph-status', role: 'status' });
  /** How many names the boxes of several people show, by the IDs of the boxes. */
  const opened = new Map<string, number>();
  let graph: Graph = { boxes: [], edges: [] };
  let drawn: Uint32Array | null = null;
  function draw(): void {
    const focused = document.activeElement?.closest('[data-box]')?.getAttribute('data-box') ?? null;
    const shown = ({ id, members }: Box) => members.slice(0, opened.get(id) ?? 0);
    const placed = placeGraph(graph, (box) => heightOf(box, shown(box).length), roomFor());
    const boxes = new Map(placed.boxes.map((box) => [box.id, boxElement(page, box, shown(box), open)]));
    region.replaceChildren(canvasOf(placed, boxes));
    // The focused box was replaced: keyboard users continue there.
    if (focused !== null) (boxes.get(focused)?.querySelector<HTMLElement>('a, button') ?? region).focus();
  }
  function open({ id }: Box, names: number): void {
    opened.set(id, names);
    draw();
  }
  page.follow(({ view, selected, rows, selector }) => {
    if (view.tab !== 'graph' || drawn === selected) return;
    drawn = selected;
    graph = graphOf(rows, selected, selector.values);
    const isDrawn = graph.boxes.length > 0 && graph.boxes.length <= MOST_BOXES;
    for (const part of [legend, region]) part.toggleAttribute('hidden', !isDrawn);
    status.replaceChildren(...(isDrawn ? [] : insteadOf(graph, page)));
    if (isDrawn) draw();
  });
  return element('div', { class: 'graph' }, legend, region, status);
}

/** Says why nothing is drawn, and what to do. */
function insteadOf({ boxes }: Graph, page: PageState): HTMLElement[] {
  if (boxes.length === 0) return [element('p', {}, 'No rows match the search and filters.')];
  const links = filtersThatFit(page).map(({ filters, text }) =>
    element(
      'li',
      {},
      viewLink(page, () => ({ filters: { ...page.view.filters, ...filters } }), {}, text),
    ),
  );
  return [
    element(
      'p',
      {},
      `${rowsText(page.selected.length)} would be ${count(boxes.length)} boxes: too many to read. Filter to ${MOST_BOXES} or fewer${links.length > 0 ? ', such as by:' : '.'}`,
    ),
    element('ul', {}, ...links),
  ];
}

/** One filter for each of some facets with which the graph can be drawn. */
function filtersThatFit({ view, rows, selector }: PageState): { filters: View['filters']; text: string }[] {
  const keys: readonly FacetKey[] = ['cluster', 'set', 'via', 'account'];
  return keys
    .filter((key) => !view.filters[key]?.length)
    .flatMap((key) => {
      const byRows = [...selector.items(key, view, '')].sort((one, other) => other.count - one.count);
      for (const { value, label } of byRows.slice(0, 2)) {
        const filters = { [key]: [value] };
        const selected = selector.select({ ...view, filters: { ...view.filters, ...filters } });
        const boxes = graphOf(rows, selected, selector.values).boxes.length;
        const text = `${facetOf(key).label}: ${label} (${count(boxes)} boxes)`;
        if (boxes <= MOST_BOXES) return [{ filters, text }];
      }
      return [];
    });
}

/** The width that the graph will have: it has none while its tab is closed. */
function roomFor(): number {
  // Beside it are the padding of the page, the borders, and a bar to scroll.
  return document.documentElement.clientWidth - 66;
}

/** The heights of a title, of the text below it, and of a name in an opened box. */
const [TITLE, DETAIL, NAME] = [30, 16, 22];
/** Names that a box shows at once. */
const MORE_NAMES = 50;

function heightOf({ detail, members }: Box, shown: number): number {
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
function canvasOf(placed: PlacedGraph, boxes: ReadonlyMap<string, HTMLElement>): HTMLElement {
  const { columns, width, height } = placed;
  const lines = new Map(
    placed.edges.map((edge) => [
      edge,
      svgElement('path', { d: edge.path, class: classOf('graph-line', edge) }),
    ]),
  );
  const lists = columns.map(({ layer }) => {
    const own = placed.boxes.filter((box) => box.layer === layer);
    const fromTop = own.sort((one, other) => one.y - other.y);
    return element(
      'ul',
      { 'aria-label': `${LAYER_TEXTS[layer].heading}, ${own.length}` },
      ...fromTop.map(({ id }) => boxes.get(id) ?? null),
    );
  });
  // Ways to cluster admin are on top.
  const inOrder = [...lines].sort(([one], [other]) => Number(one.isAdmin) - Number(other.isAdmin));
  const svg = svgElement('svg', { width, height, 'aria-hidden': 'true' }, ...inOrder.map(([, line]) => line));
  const drawing = element('div', { class: 'graph-boxes' }, ...lists);
  drawing.prepend(svg);
  const canvas = element('div', { class: 'graph-canvas' }, headings(placed), drawing);
  canvas.style.width = `${width}px`;
  canvas.style.setProperty('--graph-on-paper', String(Math.min(1, PAPER / width)));
  lightPaths(canvas, placed.edges, boxes, lines);
  return canvas;
}

/** The width of a sheet, in CSS pixels. */
const PAPER = 960;

/** Each as wide as its column and the space up to the next. */
function headings({ columns, width }: PlacedGraph): HTMLElement {
  const texts = columns.map(({ layer, x }, index) => {
    const { heading, hint } = LAYER_TEXTS[layer];
    const text = element(
      'div',
      {},
      element('strong', {}, heading),
      element('span', { class: 'muted' }, hint),
    );
    text.style.left = `${x}px`;
    text.style.width = `${(columns[index + 1]?.x ?? width) - x}px`;
    return text;
  });
  return element('div', { class: 'graph-headings', 'aria-hidden': 'true' }, ...texts);
}

const STATE_WORDS: Readonly<Record<State, string>> = {
  granted: '',
  unknown: 'not known',
  none: 'no access',
  gone: 'gone',
};
const ADMIN_MARK = '●';

/** A box: a link that filters by it, or the button that shows whom it represents. */
function boxElement(
  page: PageState,
  box: PlacedGraph['boxes'][number],
  shown: readonly Item[],
  open: (box: Box, names: number) => void,
): HTMLElement {
  const { id, layer, title, detail, filters, members, state, change, isAdmin } = box;
  const word = STATE_WORDS[state] || (change ?? '');
  const name = [
    `${LAYER_TEXTS[layer].heading}: ${title}${detail === '' ? '' : `, ${detail}`}`,
    ...(word === '' ? [] : [word]),
    ...(isAdmin ? ['leads to cluster admin'] : []),
  ].join('; ');
  const marked = word === '' ? null : element('span', { class: `graph-word ${state}` }, word);
  const content = [
    element('strong', {}, shortened(title, box.width)),
    detail === '' ? marked : null,
    isAdmin ? element('span', { class: 'graph-mark' }, ADMIN_MARK) : null,
    detail === ''
      ? null
      : element(
          'span',
          { class: 'graph-detail' },
          marked,
          `${word === '' ? '' : ', '}${shortened(detail, box.width)}`,
        ),
  ];
  const named = (text: string) => ({
    class: 'graph-box',
    title: printable(text),
    'aria-label': printable(text),
  });
  const isChosen = isFiltered(page.view, filters);
  const main =
    members.length > 0
      ? element(
          'button',
          {
            ...named(name),
            type: 'button',
            'aria-expanded': String(shown.length > 0),
            onclick: () => open(box, shown.length > 0 ? 0 : MORE_NAMES),
          },
          ...content,
        )
      : Object.keys(filters).length === 0
        ? element('div', { class: 'graph-box', title: printable(name) }, ...content)
        : viewLink(
            page,
            () => ({ filters: toggled(page.view, filters) }),
            named(`${name}; ${isChosen ? 'remove this filter' : 'filter by it'}`),
            ...content,
          );
  const made = element('li', { class: classOf('graph-place', box), 'data-box': id }, main);
  if (shown.length > 0) made.append(namesElement(page, box, shown, open));
  for (const side of ['left', 'top', 'width', 'height'] as const) made.style[side] = `${box[SIDES[side]]}px`;
  return made;
}

/** The starts of many names in a column: they tell least. */
const COMMON_STARTS = [ROLE_PREFIX, 'AmazonEKS'];

/** Leaves out such a start if there is no room for it. */
function shortened(text: string, width: number): string {
  const start = COMMON_STARTS.find((one) => text.startsWith(one));
  const isLong = text.length * CHARACTER > width - 2 * PADDING;
  return start !== undefined && isLong ? `…${text.slice(start.length)}` : text;
}

const SIDES = { left: 'x', top: 'y', width: 'width', height: 'height' } as const;

/** The names behind a box of several, each a link to their rows. */
function namesElement(
  page: PageState,
  box: Box,
  shown: readonly Item[],
  open: (box: Box, names: number) => void,
): HTMLElement {
  const links = shown.map(({ title, filters }) =>
    element(
      'li',
      {},
      viewLink(
        page,
        () => ({ tab: 'table', filters: { ...page.view.filters, ...filters } }),
        { title: printable(title) },
        title,
      ),
    ),
  );
  const rest = box.members.length - shown.length;
  const more = () => open(box, shown.length + MORE_NAMES);
  return element(
    'ul',
    { class: 'graph-names' },
    ...links,
    rest > 0
      ? element('li', {}, element('button', { type: 'button', onclick: more }, `${count(rest)} more`))
      : null,
  );
}

/** True if the view is filtered by all of these values, and no other of their facets. */
function isFiltered(view: View, filters: View['filters']): boolean {
  return keysOf(filters).every((key) => {
    const [own = [], chosen = []] = [filters[key], view.filters[key]];
    return own.length === chosen.length && own.every((value) => chosen.includes(value));
  });
}

/** The filters of a view with these, or without them if it has them. */
function toggled(view: View, filters: View['filters']): View['filters'] {
  if (!isFiltered(view, filters)) return { ...view.filters, ...filters };
  const others = { ...view.filters };
  for (const key of keysOf(filters)) delete others[key];
  return others;
}

function keysOf(filters: View['filters']): FacetKey[] {
  return Object.keys(filters) as FacetKey[];
}

/** A link to another view. Its address is made again when it is chosen: the rest of the view may have changed. */
function viewLink(
  page: PageState,
  changes: () => Partial<View>,
  attributes: Parameters<typeof element>[1],
  ...content: readonly (Node | string | null)[]
): HTMLElement {
  const link = element('a', { ...attributes, href: page.hashOf(changes()) }, ...content);
  link.addEventListener('click', () => link.setAttribute('href', page.hashOf(changes())));
  return link;
}

function classOf(name: string, { isAdmin, state }: Pick<Box, 'isAdmin' | 'state'>): string {
  return [name, ...(isAdmin ? ['admin'] : []), ...(state === 'granted' ? [] : ['open'])].join(' ');
}

/** Shows the paths through the box under the pointer, or with the focus. */
function lightPaths(
  canvas: HTMLElement,
  edges: PlacedGraph['edges'],
  boxes: ReadonlyMap<string, Element>,
  lines: ReadonlyMap<PlacedGraph['edges'][number], Element>,
): void {
  let lit: readonly Element[] = [];
  const show = (event: Event) => {
    const target = event.target instanceof Element ? event.target.closest('[data-box]') : null;
    const id =
      event.type === 'pointerleave' || event.type === 'focusout'
        ? null
        : (target?.getAttribute('data-box') ?? null);
    for (const part of lit) part.classList.remove('lit');
    lit = [];
    canvas.classList.toggle('follows', id !== null);
    if (id === null) return;
    const [left, right] = [reached(id, edges, 'to', 'from'), reached(id, edges, 'from', 'to')];
    const isOn = ({ from, to }: { readonly from: string; readonly to: string }) =>
      (left.has(from) && left.has(to)) || (right.has(from) && right.has(to));
    lit = [
      ...[...left, ...right].flatMap((one) => boxes.get(one) ?? []),
      ...[...lines].flatMap(([edge, line]) => (isOn(edge) ? [line] : [])),
    ];
    for (const part of lit) part.classList.add('lit');
  };
  for (const name of ['pointerover', 'pointerleave', 'focusin', 'focusout'])
    canvas.addEventListener(name, show);
}

/** All boxes that are reached from one, including itself. */
function reached(
  id: string,
  edges: PlacedGraph['edges'],
  start: 'from' | 'to',
  end: 'from' | 'to',
): ReadonlySet<string> {
  const found = new Set([id]);
  for (const one of found) for (const edge of edges) if (edge[start] === one) found.add(edge[end]);
  return found;
}
