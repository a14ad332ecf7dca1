import {
  defaultRangeExtractor,
  elementScroll,
  measureElement,
  observeElementOffset,
  observeElementRect,
  type Range,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core';
import { element } from '../dom.ts';

/** How to build the rows of a table's body. */
interface RowBuilder {
  /** @param index place in the list of rows */
  readonly build: (row: number, index: number) => HTMLTableRowElement;
  /** The height of most rows in pixels. */
  readonly usualHeight: () => number;
}

/** Rows outside of the visible part that exist anyway, so that the next one can get the focus. */
const OVERSCAN = 8;

/** Browsers limit how high an element may be; the lowest limit is Firefox's, 17.9 million pixels. */
const HIGHEST = 17_000_000;

/**
 * The body of a table that has only the rows in and around the visible part of the region that scrolls it, and the row
 * with the focus. Empty rows take the place of all others.
 */
export class VirtualBody {
  readonly body = element('tbody', { role: 'rowgroup' });
  private rows: Uint32Array = new Uint32Array();
  private keyOf: (index: number) => number = (index) => index;
  /** The place of a row that is about to get the focus. */
  private wanted: number | undefined;
  private readonly region: HTMLElement;
  private readonly builder: RowBuilder;
  private readonly virtualizer: Virtualizer<HTMLElement, HTMLTableRowElement>;
  private readonly shown = new Map<number, HTMLTableRowElement>();
  private readonly spacers: HTMLTableRowElement[] = [];
  private isDrawing = false;
  private isStale = false;

  /** @param region scrolls the table */
  constructor(region: HTMLElement, builder: RowBuilder) {
    this.region = region;
    this.builder = builder;
    this.virtualizer = new Virtualizer(this.options());
    this.virtualizer._didMount();
    this.measureAgainWithWidth();
  }

  /**
   * Shows other rows, from the first one.
   * @returns how many of them can be scrolled to
   */
  show(all: Uint32Array): number {
    const rows = all.subarray(0, Math.floor(HIGHEST / this.builder.usualHeight()));
    this.rows = rows;
    // Another function for each list: the virtualizer measures all rows again when it changes.
    this.keyOf = (index) => rows[index] ?? index;
    this.shown.clear();
    this.body.replaceChildren();
    this.region.scrollTop = 0;
    this.virtualizer.setOptions(this.options());
    this.virtualizer._willUpdate();
    this.draw();
    return rows.length;
  }

  /** Builds the rows again, where they are. */
  rebuild(): void {
    this.shown.clear();
    this.body.replaceChildren();
    this.virtualizer.measure();
    this.draw();
  }

  /** Moves the focus to the button of a row; the browser scrolls it into view. */
  focus(index: number): void {
    if (index < 0 || index >= this.rows.length) return;
    this.wanted = index;
    this.virtualizer.setOptions(this.options());
    this.draw();
    this.shown.get(index)?.querySelector('button')?.focus();
    this.wanted = undefined;
  }

  /** The place of the row that contains an element. */
  indexOf(target: EventTarget | null): number | undefined {
    const row = target instanceof Element ? target.closest('tr') : null;
    const index = row?.parentElement === this.body ? row.dataset.index : undefined;
    return index === undefined ? undefined : Number(index);
  }

  /** The row at a place. */
  rowOf(index: number): number | undefined {
    return this.rows[index];
  }

  private options() {
    // Asked for once: estimates are needed for each of the rows.
    const usual = this.builder.usualHeight();
    return {
      count: this.rows.length,
      getScrollElement: () => this.region,
      estimateSize: () => usual,
      getItemKey: this.keyOf,
      overscan: OVERSCAN,
      rangeExtractor: (range: Range) => this.withFocus(defaultRangeExtractor(range)),
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      // A hidden row has no height.
      measureElement: (...[row, entry, instance]: Parameters<typeof measureElement<HTMLTableRowElement>>) =>
        measureElement(row, entry, instance) || usual,
      onChange: () => this.drawSoon(),
    };
  }

  private withFocus(indexes: readonly number[]): number[] {
    const more = [this.wanted, this.indexOf(document.activeElement)].filter((index) => index !== undefined);
    return [...new Set([...indexes, ...more])].sort((one, other) => one - other);
  }

  /** Draws once for all changes of a frame: each row that is measured is one. */
  private drawSoon(): void {
    this.isStale = true;
    queueMicrotask(() => {
      if (this.isStale) this.draw();
    });
  }

  private draw(): void {
    this.isStale = true;
    if (this.isDrawing) return;
    this.isDrawing = true;
    // Measuring a row may move others into view.
    for (let round = 0; this.isStale && round < 5; round += 1) {
      this.isStale = false;
      this.place(this.virtualizer.getVirtualItems());
    }
    this.isDrawing = false;
  }

  private place(items: readonly VirtualItem[]): void {
    const wanted: HTMLTableRowElement[] = [];
    let end = 0;
    let gaps = 0;
    const gap = (height: number) => {
      if (height > 0) wanted.push(this.spacer(gaps++, height));
    };
    for (const { index, start, end: itemEnd } of items) {
      gap(start - end);
      wanted.push(this.rowAt(index));
      end = itemEnd;
    }
    gap(this.virtualizer.getTotalSize() - end);
    const kept = new Set(items.map(({ index }) => index));
    for (const index of this.shown.keys()) if (!kept.has(index)) this.shown.delete(index);
    replaceRows(this.body, wanted, new Set(this.shown.values()));
    for (const { index } of items) {
      const row = this.shown.get(index);
      if (row) this.virtualizer.measureElement(row);
    }
    this.virtualizer.measureElement(null);
  }

  private rowAt(index: number): HTMLTableRowElement {
    const known = this.shown.get(index);
    if (known) return known;
    const row = this.builder.build(this.rows[index] ?? 0, index);
    row.dataset.index = String(index);
    this.shown.set(index, row);
    return row;
  }

  private spacer(place: number, height: number): HTMLTableRowElement {
    const spacer =
      this.spacers[place] ?? element('tr', { class: 'spacer', 'aria-hidden': 'true' }, element('td'));
    this.spacers[place] = spacer;
    const cell = spacer.firstElementChild;
    if (cell instanceof HTMLElement) cell.style.height = `${height}px`;
    return spacer;
  }

  /** In another width, texts take other heights. */
  private measureAgainWithWidth(): void {
    let width = 0;
    new ResizeObserver(() => {
      const now = this.region.clientWidth;
      if (now === width || now === 0) return;
      if (width !== 0) {
        this.virtualizer.setOptions(this.options());
        this.virtualizer.measure();
      }
      width = now;
    }).observe(this.region);
  }
}

/** Leaves rows that stay where they are: a row that moves loses the focus. */
function replaceRows(body: HTMLElement, wanted: readonly Node[], kept: ReadonlySet<Node>): void {
  for (const child of [...body.children]) if (!kept.has(child)) child.remove();
  let next = body.firstChild;
  for (const row of wanted) {
    if (row === next) next = next.nextSibling;
    else body.insertBefore(row, next);
  }
}
