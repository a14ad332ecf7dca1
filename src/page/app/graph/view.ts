import { type FacetKey, facetOf } from '../../facets.ts';
import { count, rowsText } from '../../texts.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { emptyState } from '../table/table-view.ts';
import { graphOf } from './build.ts';
import { adminMark, boxElement, drawGraph, heightOf, titleWidth } from './drawing.ts';
import { placeGraph } from './layout.ts';
import type { Node } from './model.ts';

/** A graph with more boxes can't be read. */
const MOST_BOXES = 300;
/** Milliseconds after the last keystroke until so many rows are drawn. */
const [PAUSE, MANY_ROWS] = [200, 20_000];

/** The graph of the selected rows. It is drawn only while its tab is open. */
export function graphView(page: PageState): HTMLElement {
  const legend = element(
    'p',
    { class: 'graph-legend muted' },
    'Each path shows how someone gets access, from left to right. Choose a box to filter by it. ',
    adminMark(),
    ' Red: leads to cluster admin. Dashed: no access, unknown, or gone. Straight from a person to a role: a binding names the person.',
  );
  const name = 'Graph of access, from people to permissions';
  const region = element('div', { class: 'graph-region', role: 'region', 'aria-label': name, tabindex: 0 });
  const status = element('div', { class: 'graph-status', role: 'status', tabindex: -1 });
  /** How many names each box of several people shows, by its ID. */
  const opened = new Map<string, number>();
  let nodes: readonly Node[] = [];
  function draw(): void {
    const shown = ({ id, members }: Node) => members.slice(0, opened.get(id) ?? 0);
    const placed = placeGraph(nodes, (node) => heightOf(node, shown(node).length), titleWidth, roomFor());
    const drawn = drawGraph(placed, (box) => {
      const before = shown(box.node);
      return boxElement(page, box, before, (names) => {
        opened.set(box.node.id, names);
        draw();
        // After its names, those that are new.
        focusBox(box.node.id, before.length > 0 && names > 0 ? before.length + 1 : 0);
      });
    });
    region.replaceChildren(drawn);
  }
  function focusBox(id: string, part = 0): void {
    const box = [...region.querySelectorAll<HTMLElement>('[data-box]')].find((one) => one.dataset.box === id);
    const target = box?.querySelectorAll<HTMLElement>('a, button')[part] ?? region;
    (region.hidden ? status : target).focus();
  }
  let address = '';
  function update(): void {
    address = page.hashOf({});
    const focused = document.activeElement?.closest<HTMLElement>('[data-box]')?.dataset.box;
    nodes = graphOf(page.rows, page.selected, page.selector.values);
    const isDrawn = nodes.length > 0 && nodes.length <= MOST_BOXES;
    for (const part of [legend, region]) part.hidden = !isDrawn;
    status.replaceChildren(...(isDrawn ? [] : insteadOf(nodes.length, page)));
    if (isDrawn) draw();
    // The focused box was replaced: keyboard users continue there.
    if (focused !== undefined) focusBox(focused);
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  page.follow(({ view, selected }) => {
    clearTimeout(timer);
    if (view.tab !== 'graph' || address === page.hashOf({})) return;
    // Finding the boxes of very many rows takes longer than a keystroke.
    if (selected.length < MANY_ROWS) update();
    else timer = setTimeout(update, PAUSE);
  });
  return element('div', { class: 'graph' }, legend, region, status);
}

/** The width that the graph will have: it has none while its tab is closed. */
function roomFor(): number {
  // Beside it are the padding of the page, the borders, and a bar to scroll.
  return document.documentElement.clientWidth - 66;
}

/** Says why nothing is drawn, and what to do. */
function insteadOf(boxes: number, page: PageState): HTMLElement[] {
  if (boxes === 0) return [element('div', { class: 'empty-state' }, ...emptyState(page))];
  const links = filtersThatFit(page);
  const advice = `Filter to ${MOST_BOXES} or fewer${links.length > 0 ? ', such as by:' : '.'}`;
  const rows = rowsText(page.selected.length);
  return [
    element('p', {}, `The graph of ${rows} has ${count(boxes)} boxes: too many to read. ${advice}`),
    element('ul', {}, ...links),
  ];
}

/** One filter for each of some facets with which the graph can be drawn. */
function filtersThatFit(page: PageState): HTMLElement[] {
  const { view, rows, selector } = page;
  const keys: readonly FacetKey[] = ['cluster', 'set', 'via', 'account'];
  return keys.flatMap((key) => {
    if (view.filters[key]?.length) return [];
    const byRows = [...selector.items(key, view, '')].sort((one, other) => other.count - one.count);
    for (const { value, label } of byRows.slice(0, 2)) {
      const filters = { ...view.filters, [key]: [value] };
      const boxes = graphOf(rows, selector.select({ ...view, filters }), selector.values).length;
      const text = `${facetOf(key).label}: ${label} (${count(boxes)} boxes)`;
      if (boxes <= MOST_BOXES)
        return [element('li', {}, element('a', { href: page.hashOf({ filters }) }, text))];
    }
    return [];
  });
}
