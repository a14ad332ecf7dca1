import { element } from '../dom.ts';

/** Rows outside of the visible part that exist anyway, so that the next one can get the focus. */
const OVERSCAN = 8;

/** Browsers limit how high an element may be; the lowest limit is Firefox's, 17.9 million pixels. */
const HIGHEST = 17_000_000;

/**
 * The body of a table that has only the rows in and around the visible part of the region that scrolls it, and the row
 * with the focus. All rows have the same height; empty ones take the place of those that aren't there.
 */
export class VirtualBody {
  readonly body = element('tbody', { role: 'rowgroup' });
  private rows: Uint32Array = new Uint32Array();
  private readonly region: HTMLElement;
  private readonly build: (row: number, index: number) => HTMLTableRowElement;
  private readonly heightNow: () => number;
  private readonly shown = new Map<number, HTMLTableRowElement>();

  /**
   * @param region scrolls the table
   * @param build makes a row, at a place in the list of rows
   * @param heightNow of each row, in pixels: a narrow window has other rows
   */
  constructor(
    region: HTMLElement,
    build: (row: number, index: number) => HTMLTableRowElement,
    heightNow: () => number,
  ) {
    this.region = region;
    this.build = build;
    this.heightNow = heightNow;
    region.addEventListener('scroll', () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(region);
  }

  /**
   * Shows other rows, from the first one.
   * @returns how many of them can be scrolled to
   */
  show(rows: Uint32Array): number {
    this.rows = rows.subarray(0, Math.floor(HIGHEST / this.heightNow()));
    this.region.scrollTop = 0;
    this.rebuild();
    return this.rows.length;
  }

  /** Builds the rows again, where they are. */
  rebuild(): void {
    this.shown.clear();
    this.body.replaceChildren();
    this.draw();
  }

  /** Moves the focus to the button of a row, or of the nearest one; the browser scrolls it into view. */
  focus(index: number): void {
    const nearest = Math.max(0, Math.min(index, this.rows.length - 1));
    this.draw(nearest);
    this.shown.get(nearest)?.querySelector('button')?.focus();
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

  private draw(wanted?: number): void {
    const height = this.heightNow();
    const top = this.region.scrollTop;
    const first = Math.max(0, Math.floor(top / height) - OVERSCAN);
    // A region that isn't shown yet has no height.
    const bottom = top + (this.region.clientHeight || innerHeight);
    const end = Math.min(this.rows.length, Math.ceil(bottom / height) + OVERSCAN);
    const places = new Set(Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index));
    for (const more of [wanted, this.indexOf(document.activeElement)])
      if (more !== undefined) places.add(more);
    for (const [index, row] of this.shown)
      if (!places.has(index)) {
        row.remove();
        this.shown.delete(index);
      }
    for (const spacer of this.body.querySelectorAll('.spacer')) spacer.remove();
    let next = this.body.firstChild;
    let done = 0;
    for (const index of [...places].sort((one, other) => one - other)) {
      this.leaveOut(index - done, height, next);
      done = index + 1;
      const row = this.shown.get(index);
      // A row that moves would lose the focus, so it stays where it is.
      if (row) next = row.nextSibling;
      else this.body.insertBefore(this.made(index), next);
    }
    this.leaveOut(this.rows.length - done, height, next);
  }

  private made(index: number): HTMLTableRowElement {
    const row = this.build(this.rows[index] ?? 0, index);
    row.dataset.index = String(index);
    this.shown.set(index, row);
    return row;
  }

  private leaveOut(count: number, height: number, next: Node | null): void {
    if (count === 0) return;
    const cell = element('td');
    cell.style.height = `${count * height}px`;
    this.body.insertBefore(element('tr', { class: 'spacer', 'aria-hidden': 'true' }, cell), next);
  }
}
