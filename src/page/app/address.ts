import type { Page } from './page.ts';
import { typedField, type View, viewOfHash, viewToHash } from './view.ts';

/** Milliseconds after the last keystroke until the address has it: browsers refuse changes that come too fast. */
const PAUSE = 300;

/**
 * Keeps the address and the view the same: the reader may go back, or paste an address. Each choice is a step to go back
 * over; the keystrokes in a field are one step together.
 */
export function followAddress(page: Page): void {
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
