import { element, svgElement } from '../dom.ts';
import type { Page } from '../page.ts';
import type { View } from '../view.ts';
import { type BoxAction, type Drawing, drawGraph, measureText, triangle } from './drawing.ts';
import { GraphFrame } from './frame.ts';
import { type Graph, graphOf } from './graph.ts';
import { type PlacedGraph, type PlacedNode, placeGraph } from './layout.ts';

/** The graph of the selected rows. It is drawn only while its tab is open. */
export function graphView(page: Page): HTMLElement {
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
    const placed = placeGraph(graph, measureText, frame.room);
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
function actionOf(page: Page, { filters }: PlacedNode): BoxAction | null {
  const keys = Object.keys(filters) as (keyof View['filters'])[];
  if (keys.length === 0) return null;
  const isChosen = keys.every((key) => isSame(filters[key], page.view.filters[key]));
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
      const { ctrlKey, metaKey, shiftKey } = event as MouseEvent;
      if (ctrlKey || metaKey || shiftKey) return;
      event.preventDefault();
      location.hash = wanted();
    },
  };
}

function isSame(one: readonly string[] = [], other: readonly string[] = []): boolean {
  return one.length === other.length && one.every((value) => other.includes(value));
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
