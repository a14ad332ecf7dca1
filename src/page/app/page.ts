import type { PageRows } from '../decode.ts';
import { Selector } from './selection.ts';
import { type View, viewOfHash, viewToHash } from './view.ts';

/** The state of the page: its rows, the view that the reader has chosen, and who wants to know when it changes. */
export class Page {
  readonly rows: PageRows;
  readonly selector: Selector;
  view: View;
  /** The rows of the view, in its order. */
  selected: Uint32Array;
  private readonly listeners: ((page: Page) => void)[] = [];

  constructor(rows: PageRows, hash: string) {
    this.rows = rows;
    this.selector = new Selector(rows);
    this.view = viewOfHash(hash);
    this.selected = this.selector.select(this.view);
  }

  /** Calls a listener now and after each change of the view. */
  follow(listener: (page: Page) => void): void {
    this.listeners.push(listener);
    listener(this);
  }

  /** Changes parts of the view. */
  change(changes: Partial<View>): void {
    this.show({ ...this.view, ...changes });
  }

  show(view: View): void {
    const before = this.view;
    this.view = view;
    const isSame =
      before.search === view.search && before.filters === view.filters && before.sort === view.sort;
    if (!isSame) this.selected = this.selector.select(view);
    for (const listener of this.listeners) listener(this);
  }

  /** The address of a view, for a link. */
  hashOf(changes: Partial<View>): string {
    return `#${viewToHash({ ...this.view, ...changes })}`;
  }
}
