import type { PageRows } from '../decode.ts';
import { Selector } from '../selection.ts';
import { type View, viewOfHash, viewToHash } from '../view.ts';

/** The state of the page: its rows, the view that the reader has chosen, and who wants to know when it changes. */
export class PageState {
  readonly rows: PageRows;
  readonly selector: Selector;
  view: View;
  /** The rows of the view, in its order. */
  selected: Uint32Array;
  private readonly listeners: ((page: PageState) => void)[] = [];

  constructor(rows: PageRows, hash: string) {
    this.rows = rows;
    this.selector = new Selector(rows);
    this.view = viewOfHash(hash);
    this.selected = this.selector.select(this.view);
  }

  /** Calls a listener now and after each change of the view. */
  follow(listener: (page: PageState) => void): void {
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

/** Milliseconds after the last keystroke until the address has it: browsers refuse changes that come too fast. */
const PAUSE = 300;

/**
 * Keeps the address and the view the same: the reader may go back, or paste an address. Each choice is a step to go back
 * over; the keystrokes in a field are one step together.
 */
export function followAddress(page: PageState): void {
  let shown = page.view;
  let typing: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const replace = () => {
    clearTimeout(timer);
    if (currentHash() !== viewToHash(shown)) setAddress('replaceState', shown);
  };
  replace();
  addEventListener('hashchange', () => {
    if (currentHash() === viewToHash(page.view)) return;
    clearTimeout(timer);
    typing = null;
    shown = viewOfHash(location.hash);
    page.show(shown);
    replace();
  });
  addEventListener('pagehide', replace);
  page.follow(({ view }) => {
    if (viewToHash(view) === viewToHash(shown)) return;
    const field = typedField(shown, view);
    if (field === null || field !== typing) {
      // Earlier typing gets a separate step.
      replace();
      setAddress('pushState', view);
    } else {
      clearTimeout(timer);
      timer = setTimeout(replace, PAUSE);
    }
    typing = field;
    shown = view;
  });
}

/** Browsers may refuse: in a frame that shows a mail or an artifact, or after very many changes. The page works without. */
function setAddress(how: 'pushState' | 'replaceState', view: View): void {
  try {
    history[how](null, '', `#${viewToHash(view)}`);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

function currentHash(): string {
  return location.hash.replace(/^#/, '');
}

const TYPED = ['search', 'who', 'can', 'namespace'] as const;

/** The field whose text is all that differs between two views; null if anything else does. */
export function typedField(before: View, after: View): (typeof TYPED)[number] | null {
  const changed = TYPED.filter((field) => before[field] !== after[field]);
  const [field = null] = changed;
  if (field === null || changed.length > 1) return null;
  return viewToHash({ ...before, [field]: after[field] }) === viewToHash(after) ? field : null;
}
