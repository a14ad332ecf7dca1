import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { onTestFinished } from 'vitest';
import { loadPageApp } from '../../src/page/app-bundle.ts';
import type { PageData } from '../../src/page/data.ts';
import { renderPage } from '../../src/page/html.ts';
import {
  Clock,
  type Effects,
  type PageWindow,
  pageWindow,
  runProgram,
  type SavedFile,
} from './dom-window.ts';
import { outlineOf } from './outline.ts';

/** The page in a DOM, as a reader sees it and uses it. Things that aren't shown aren't found. */
export interface Dom {
  readonly document: Document;
  readonly window: PageWindow;
  /** The address after `#`. */
  readonly hash: string;
  /** The text that the reader copied last. */
  readonly copied: string | null;
  /** Files that the reader saved. */
  readonly saved: () => Promise<readonly SavedFile[]>;
  /** The shown text of an element, with white space as a reader sees it. */
  readonly text: (selector?: string | Element) => string;
  /** The same of each element, each with its attributes, as lines. */
  readonly outline: (selector?: string) => string;
  /** The texts of all elements. */
  readonly texts: (selector: string) => readonly string[];
  /**
   * The first element that is shown.
   * @param name its label, or a part of its text
   */
  readonly find: (selector: string, name?: string | RegExp) => HTMLElement;
  readonly click: (target: string | Element, name?: string | RegExp) => Promise<void>;
  /** Puts a text into a field, or chooses an option. */
  readonly type: (selector: string | Element, text: string) => Promise<void>;
  /** Presses a key where the focus is. */
  readonly press: (key: string, init?: KeyboardEventInit) => Promise<void>;
  /** Goes to an address of the page. */
  readonly go: (hash: string) => Promise<void>;
  /** Lets all that is about to happen within a second happen. */
  readonly settle: () => Promise<void>;
  /** At the end of a test, it closes by itself. */
  readonly close: () => Promise<void>;
}

/** How to open a page. */
interface OpenOptions {
  readonly hash?: string;
  readonly width?: number;
  readonly height?: number;
}

/**
 * Opens a page and runs the program of `src/page/app` in it.
 * @param page the output of `who -o html`, or its data
 */
export async function openDom(
  page: string | PageData,
  { hash = '', width = 1440, height = 900 }: OpenOptions = {},
): Promise<Dom> {
  const html = typeof page === 'string' ? page : await htmlOf(page);
  const happy = pageWindow(`file:///reports/access.html${hash === '' ? '' : `#${hash}`}`, width, height);
  const window = happy as unknown as PageWindow;
  const { document } = window;
  const effects: Effects = { saved: [], copied: null };
  const clock = new Clock();
  // Styles cost time and say nothing here, where nothing has a place.
  document.write(html.replace(/<style>.*?<\/style>/s, ''));
  runProgram(await program(), happy, clock, effects);

  const settle = async () => {
    let left: number = SOON;
    for (let passed: number | null = 0; passed !== null; left -= passed) {
      // The DOM tells some events a moment later.
      await new Promise((resolve) => setTimeout(resolve, 1));
      passed = clock.runNext(left);
      if (passed === null) break;
    }
  };
  const find = (selector: string, name: string | RegExp = '') => {
    const shown = [...document.querySelectorAll<HTMLElement>(selector)].filter(isShown);
    const found = shown.find((one) => matches(labelOf(one), name));
    if (found) return found;
    const labels = shown.map((one) => `  ${labelOf(one).slice(0, 100)}`).join('\n');
    throw new Error(`no ${selector} is called ${name}; there are ${shown.length}:\n${labels}`);
  };
  const elementOf = (target: string | Element, name?: string | RegExp) =>
    typeof target === 'string' ? find(target, name) : (target as HTMLElement);
  const click = async (target: string | Element, name?: string | RegExp) => {
    clickOn(elementOf(target, name));
    await settle();
  };
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await happy.happyDOM.close();
    isClosed = true;
  };
  onTestFinished(close);
  await settle();
  return {
    document,
    window,
    settle,
    find,
    click,
    close,
    get hash() {
      return window.location.hash.slice(1);
    },
    get copied() {
      return effects.copied;
    },
    saved: () => Promise.all(effects.saved),
    text: (selector = 'body') => shownText(elementOf(selector)),
    outline: (selector = 'body') => outlineOf(find(selector), isShown).join('\n'),
    texts: (selector) => [...document.querySelectorAll(selector)].filter(isShown).map(shownText),
    type: async (selector, text) => {
      const field = elementOf(selector) as HTMLInputElement;
      field.focus();
      field.value = text;
      const type = field.localName === 'select' ? 'change' : 'input';
      field.dispatchEvent(new window.Event(type, { bubbles: true }));
      await settle();
    },
    press: async (key, init) => {
      pressKey(window, key, init);
      await settle();
    },
    go: async (to) => {
      window.location.hash = to;
      await settle();
    },
  };
}

/** Milliseconds that a reader waits until a change is there. */
const SOON = 1_000;

/** The page as `who -o html` writes it. */
export async function htmlOf(data: PageData): Promise<string> {
  return [...renderPage(await loadPageApp(), data)].join('');
}

let built: Promise<string> | undefined;

/** The page's program from the sources, readable, so that errors say where they come from. */
function program(): Promise<string> {
  const input = fileURLToPath(new URL('../../src/page/app/main.ts', import.meta.url));
  built ??= rolldown({ input, platform: 'browser' })
    .then((bundle) => bundle.generate({ format: 'iife' }))
    .then(({ output }) => output[0].code);
  return built;
}

function clickOn(target: HTMLElement): void {
  const { ownerDocument: document } = target;
  const { MouseEvent } = document.defaultView as PageWindow;
  const isGoingOn = target.dispatchEvent(new MouseEvent('pointerdown', { bubbles: true, cancelable: true }));
  const focusable = target.closest<HTMLElement>('a[href], button, input, select, textarea, [tabindex]');
  if (isGoingOn) focusable?.focus();
  target.click();
}

function pressKey(window: PageWindow, key: string, init: KeyboardEventInit = {}): void {
  const { document } = window;
  const target = document.activeElement ?? document.body;
  const eventOf = (type: string) =>
    new window.KeyboardEvent(type, { key, bubbles: true, cancelable: true, ...init });
  if (target.dispatchEvent(eventOf('keydown'))) actOn(window, target as HTMLElement, key);
  target.dispatchEvent(eventOf('keyup'));
}

/** Acts at a key as browsers do. */
function actOn(window: PageWindow, target: HTMLElement, key: string): void {
  const isButton = target.matches('button, summary, a[href]');
  if (key === 'Escape') {
    const [dialog] = [...window.document.querySelectorAll<HTMLDialogElement>('dialog[open]')].reverse();
    if (dialog?.dispatchEvent(new window.Event('cancel', { cancelable: true }))) dialog.close();
  } else if (
    (key === 'Enter' && isButton) ||
    (key === ' ' && target.matches('button, summary, [type=checkbox]'))
  )
    clickOn(target);
  else if (key === 'Enter' && target instanceof window.HTMLInputElement) target.form?.requestSubmit();
}

/** False within what is hidden or closed. */
function isShown(one: Element): boolean {
  for (let now: Element | null = one; now; now = now.parentElement) {
    if (isClosed(now)) return false;
    const parent: Element | null = now.parentElement;
    const isFolded = parent?.matches('details:not([open])') && !now.matches('summary');
    if (isFolded) return false;
  }
  return true;
}

function isClosed(one: Element): boolean {
  return one.matches('[hidden], script, style, noscript, template, dialog:not([open]), .print-only');
}

/** Elements within a line; others have a white space around them. */
const INLINE = 'a, abbr, b, code, em, i, kbd, mark, small, span, strong, time, wbr, text, tspan';

function shownText(one: Element): string {
  const textOf = (node: Node): string => {
    if (node.nodeType === node.TEXT_NODE) return node.textContent ?? '';
    const part = node as Element;
    if (part !== one && !isShown(part)) return '';
    if (part.localName === 'select') return ` ${(part as HTMLSelectElement).selectedOptions[0]?.text ?? ''} `;
    const text = [...part.childNodes].map(textOf).join('');
    return part.matches(INLINE) ? text : ` ${text} `;
  };
  return textOf(one).replace(/\s+/g, ' ').trim();
}

function labelOf(one: Element): string {
  const { labels } = one as HTMLInputElement;
  return one.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? shownText(one);
}

function matches(label: string, name: string | RegExp): boolean {
  return typeof name === 'string' ? label.includes(name) : name.test(label);
}
