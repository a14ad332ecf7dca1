import { ROLE_PREFIX } from '../../../role-name.ts';
import { listed, printable } from '../../../text.ts';
import type { View } from '../../view.ts';
import { element, opensElsewhere, svgElement } from '../dom.ts';
import type { PageState } from '../page.ts';
import { GraphFrame } from './frame.ts';
import { type Graph, graphOf, LAYER_TEXTS } from './graph.ts';
import { type PlacedGraph, placeGraph } from './layout.ts';
import type { State } from './model.ts';

type PlacedNode = PlacedGraph['nodes'][number];

/** The graph of the selected rows. It is drawn only while its tab is open. */
export function graphView(page: PageState): HTMLElement {
  const frame = new GraphFrame();
  const notes = element('div', { class: 'graph-notes', role: 'status' });
  const legend = element('div', { class: 'graph-legend' });
  const bar = element('div', { class: 'graph-bar' }, legend, frame.buttons);
  const empty = element('p', { class: 'graph-empty' }, 'No rows match the search and filters.');
  const about = element(
    'p',
    { class: 'muted screen-only' },
    'Each path shows how someone gets access, from left to right. A line from a person straight to a role means that a binding names them, not a group: they still sign in with one of their permission sets. Choose a box to filter by it. The table has the same rows as text.',
  );
  const measure = (text: string, isBold: boolean) => textWidth(text, isBold ? TITLE : DETAIL);
  let drawn: Uint32Array | null = null;
  page.follow(({ view, selected, rows, selector }) => {
    if (view.tab !== 'graph' || drawn === selected) return;
    drawn = selected;
    const hasRows = selected.length > 0;
    for (const part of [notes, bar, about, frame.element]) part.toggleAttribute('hidden', !hasRows);
    empty.toggleAttribute('hidden', hasRows);
    if (!hasRows) return;
    const focused = document.activeElement?.closest('[data-box]')?.getAttribute('data-box') ?? null;
    const graph = graphOf(rows, selected, selector.values);
    const placed = placeGraph(graph, measure, frame.room);
    const drawing = drawGraph(placed, (node) => actionOf(page, node));
    followPaths(placed, drawing);
    notes.replaceChildren(...graph.notes.map((note) => element('p', {}, note)));
    legend.replaceChildren(...legendOf(graph));
    const marks = placed.nodes.filter(({ isAdmin }) => isAdmin);
    frame.show({ width: placed.width, marks }, drawing.headings, drawing.svg);
    // The focused box was replaced: keyboard users continue there.
    if (focused !== null) (drawing.boxes.get(focused) ?? frame.region).focus();
  });
  return element('div', { class: 'graph' }, about, notes, bar, frame.element, empty);
}

/** Filters by what a box represents, or removes that filter. */
function actionOf(page: PageState, { filters }: PlacedNode): BoxAction | null {
  const keys = Object.keys(filters) as (keyof View['filters'])[];
  if (keys.length === 0) return null;
  const isChosen = keys.every((key) => {
    const [own = [], chosen = []] = [filters[key], page.view.filters[key]];
    return own.length === chosen.length && own.every((value) => chosen.includes(value));
  });
  const wanted = () => {
    const others = Object.entries(page.view.filters).filter(
      ([key]) => !isChosen || !keys.includes(key as keyof View['filters']),
    );
    return page.hashOf({ filters: { ...Object.fromEntries(others), ...(isChosen ? {} : filters) } });
  };
  return {
    href: wanted(),
    text: isChosen ? 'remove this filter' : 'filter by it',
    choose: (event) => {
      if (opensElsewhere(event)) return;
      event.preventDefault();
      location.hash = wanted();
    },
  };
}

/** Shows the paths through the box under the pointer, or with the focus. */
function followPaths({ edges }: PlacedGraph, { svg, boxes, lines }: Drawing): void {
  let lit: readonly Element[] = [];
  const show = (event: Event) => {
    const target = event.target instanceof Element ? event.target.closest('[data-box]') : null;
    const id = target?.getAttribute('data-box') ?? null;
    for (const part of lit) part.classList.remove('lit');
    lit = [];
    svg.classList.toggle('follows', id !== null);
    if (id === null) return;
    const ids = new Set([...reached(id, edges, 'from', 'to'), ...reached(id, edges, 'to', 'from')]);
    const [left, right] = [reached(id, edges, 'to', 'from'), reached(id, edges, 'from', 'to')];
    const isOn = ({ from, to }: { readonly from: string; readonly to: string }) =>
      (left.has(from) && left.has(to)) || (right.has(from) && right.has(to));
    lit = [
      ...[...ids].flatMap((one) => boxes.get(one) ?? []),
      ...[...lines].flatMap(([edge, path]) => (isOn(edge) ? [path] : [])),
    ];
    for (const part of lit) part.classList.add('lit');
  };
  const events = ['pointerover', 'pointerleave', 'focusin', 'focusout'];
  for (const name of events) svg.addEventListener(name, show);
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

/** The marks in this graph, explained. */
function legendOf({ nodes }: Graph): HTMLElement[] {
  const sample = (className: string, text: string, isAdmin: boolean) =>
    element(
      'span',
      {},
      svgElement(
        'svg',
        { width: 44, height: 14, 'aria-hidden': 'true' },
        svgElement('path', { d: `M0 7H${isAdmin ? 26 : 44}`, class: `graph-line ${className}` }),
        isAdmin ? svgElement('path', { d: triangle(30, 1), class: 'graph-triangle' }) : null,
      ),
      text,
    );
  return [
    ...(nodes.some(({ isAdmin }) => isAdmin) ? [sample('admin', 'leads to cluster admin', true)] : []),
    ...(nodes.some(({ state }) => state !== 'granted')
      ? [sample('open', 'dashed: no access, unknown or gone', false)]
      : []),
  ];
}

/** The effect of choosing a box. */
interface BoxAction {
  readonly href: string;
  /** Continues the name of the box: `filter by it` */
  readonly text: string;
  readonly choose: (event: Event) => void;
}

interface Drawing {
  readonly svg: SVGSVGElement;
  readonly headings: HTMLElement;
  readonly boxes: ReadonlyMap<string, SVGElement>;
  readonly lines: ReadonlyMap<PlacedGraph['edges'][number], SVGElement>;
}

/** Names of a box that screen readers and tooltips read. */
const MOST_NAMES = 30;
const TEXT_LEFT = 12;
/** The name of a box is its whole text; the visible one may be cut. */
const HIDDEN = { 'aria-hidden': 'true' };

/**
 * Draws the boxes as one list for each column, so that screen readers can read and count them.
 * @param actionOf null for a box that can't be chosen
 */
function drawGraph(graph: PlacedGraph, actionOf: (node: PlacedNode) => BoxAction | null): Drawing {
  const boxes = new Map(graph.nodes.map((node) => [node.id, box(node, actionOf(node))]));
  const lines = new Map(
    graph.edges.map((edge) => [
      edge,
      svgElement('path', { d: edge.path, class: classOf('graph-line', edge) }),
    ]),
  );
  const inOrder = [...lines].sort(([one], [other]) => Number(one.isAdmin) - Number(other.isAdmin));
  const lists = graph.columns.map(({ layer }) => {
    const own = graph.nodes.filter((node) => node.layer === layer);
    const fromTop = [...own].sort((one, other) => one.y - other.y);
    return svgElement(
      'g',
      { role: 'list', 'aria-label': `${LAYER_TEXTS[layer].heading}, ${own.length}` },
      ...fromTop.map(({ id }) => svgElement('g', { role: 'listitem' }, boxes.get(id) ?? null)),
    );
  });
  const svg = svgElement(
    'svg',
    { viewBox: `0 0 ${graph.width} ${graph.height}`, role: 'group', 'aria-label': 'Boxes by column' },
    svgElement(
      'g',
      { 'aria-hidden': 'true' },
      ...graph.columns.map(({ layer, x }) =>
        svgElement('text', { x, y: 16, class: 'graph-printed' }, LAYER_TEXTS[layer].heading),
      ),
      ...inOrder.map(([, path]) => path),
    ),
    ...lists,
  );
  return { svg, headings: headings(graph), boxes, lines };
}

/** The headings move with the columns at any size, because their places are shares of the width. */
function headings({ columns, width }: PlacedGraph): HTMLElement {
  const made = element(
    'div',
    { class: 'graph-headings', 'aria-hidden': 'true' },
    ...columns.map(({ layer }) => {
      const { heading, hint } = LAYER_TEXTS[layer];
      return element('div', {}, element('strong', {}, heading), element('span', { class: 'muted' }, hint));
    }),
  );
  // A heading may be wider than its column, up to the next one.
  const ends = [...columns.slice(1).map(({ x }) => x), width];
  const shares = columns.map(({ x }, index) => `minmax(0, ${Math.round((ends[index] ?? x) - x)}fr)`);
  made.style.gridTemplateColumns = shares.join(' ');
  made.style.paddingLeft = `${(100 * (columns[0]?.x ?? 0)) / width}%`;
  return made;
}

const STATE_WORDS: Readonly<Record<State, string>> = {
  granted: '',
  unknown: 'unknown',
  none: 'no access',
  gone: 'gone',
};

function box(node: PlacedNode, action: BoxAction | null): SVGElement {
  const { layer, title, detail, names, x, y, width, height, isAdmin, isBrief, state, change } = node;
  const word = STATE_WORDS[state] || (change ?? '');
  const all = names.length > 1 ? `${title}: ${listed(names, MOST_NAMES)}` : `${title}, ${detail}`;
  const marks = `${word === '' ? '' : `; ${word}`}${isAdmin ? '; leads to cluster admin' : ''}`;
  const name = printable(`${LAYER_TEXTS[layer].heading}: ${all}${marks}`);
  const wordWidth = word === '' ? 0 : textWidth(word, DETAIL) + 8;
  const [room, right] = [width - 2 * TEXT_LEFT, x + width - TEXT_LEFT];
  const titleRoom = room - wordWidth - (isAdmin ? 18 : 0);
  const parts = [
    // The name for screen readers, and what a pointer shows.
    svgElement('title', {}, action ? `${name}; ${action.text}` : name),
    svgElement('rect', { x, y, width, height, rx: 7 }),
    svgElement(
      'text',
      { x: x + TEXT_LEFT, y: y + 20, class: 'graph-title', ...HIDDEN },
      clipped(title, TITLE, titleRoom),
    ),
    isBrief
      ? null
      : svgElement(
          'text',
          { x: x + TEXT_LEFT, y: y + 38, class: 'graph-detail', ...HIDDEN },
          clipped(detail, DETAIL, room),
        ),
    isAdmin ? svgElement('path', { d: triangle(right - 12, y + 9), class: 'graph-triangle' }) : null,
    word === ''
      ? null
      : svgElement(
          'text',
          {
            x: right - (isAdmin ? 18 : 0),
            y: y + 20,
            class: `graph-word ${state === 'granted' ? (change ?? '') : ''}`,
            ...HIDDEN,
          },
          word,
        ),
  ];
  const className = classOf('graph-box', node);
  if (!action)
    return svgElement('g', { class: className, role: 'img', tabindex: 0, 'data-box': node.id }, ...parts);
  const { href, choose } = action;
  return svgElement(
    'a',
    {
      class: className,
      href,
      'data-box': node.id,
      draggable: 'false',
      onclick: choose,
    },
    ...parts,
  );
}

/** A triangle that points up, 12 wide. */
function triangle(x: number, y: number): string {
  return `M${x} ${y + 11}L${x + 6} ${y}L${x + 12} ${y + 11}Z`;
}

function classOf(name: string, { isAdmin, state }: Pick<PlacedNode, 'isAdmin' | 'state'>): string {
  return [name, ...(isAdmin ? ['admin'] : []), ...(state === 'granted' ? [] : ['open'])].join(' ');
}

const [TITLE, DETAIL] = ['600 13px', '13px'];
const MOST_CHARACTERS = 300;
/** The starts of many names in a column: they tell least. */
const COMMON_PREFIXES = [ROLE_PREFIX, 'AmazonEKS', 'ClusterRole/', 'Role/'];

/** The text as far as there is room for it. */
function clipped(text: string, font: string, room: number): string {
  const whole = printable(text.slice(0, MOST_CHARACTERS));
  if (text.length <= MOST_CHARACTERS && textWidth(whole, font) <= room) return whole;
  const prefix = COMMON_PREFIXES.find((one) => text.startsWith(one));
  if (prefix !== undefined) return clipped(`…${text.slice(prefix.length)}`, font, room);
  const characters = [...whole];
  let [fits, tooLong] = [0, characters.length];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (textWidth(`${characters.slice(0, middle).join('')}…`, font) <= room) fits = middle;
    else tooLong = middle;
  }
  return `${characters.slice(0, fits).join('')}…`;
}

const pen = document.createElement('canvas').getContext('2d');

function textWidth(text: string, font: string): number {
  if (!pen) return text.length * 7;
  pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}
