import { runInNewContext } from 'node:vm';
import { type HTMLElement as HappyElement, Window as HappyWindow } from 'happy-dom';

/** The browser's window as the page's program has it, with what happy-dom lacks or a test must control. */
export type PageWindow = Window & typeof globalThis;

/** A file that the reader saved. */
export interface SavedFile {
  readonly name: string;
  readonly text: string;
}

/** Files and texts that the page left on the reader's machine. */
export interface Effects {
  readonly saved: Promise<SavedFile>[];
  copied: string | null;
}

/** Time that passes when a test lets it: nothing waits, and nothing depends on how fast a machine is. */
export class Clock {
  private now = 0;
  private next = 1;
  private readonly due = new Map<number, { readonly at: number; readonly run: () => void }>();

  readonly set = (run: (...args: unknown[]) => void, delay = 0, ...args: unknown[]): number => {
    this.due.set(this.next, { at: this.now + delay, run: () => run(...args) });
    return this.next++;
  };

  readonly clear = (timer?: number): void => {
    this.due.delete(timer ?? 0);
  };

  /** Runs the timer that is due first, unless none is due within these milliseconds. */
  runNext(within: number): number | null {
    const [first] = [...this.due].sort(([, one], [, other]) => one.at - other.at);
    if (!first || first[1].at > this.now + within) return null;
    const [timer, { at, run }] = first;
    const passed = Math.max(0, at - this.now);
    this.due.delete(timer);
    this.now += passed;
    run();
    return passed;
  }
}

/** A window with nothing in it, which refuses elements without a name as browsers do. */
export function pageWindow(address: string, width: number, height: number): HappyWindow {
  const settings = { errorCapture: 'disabled' as never };
  const window = new HappyWindow({ url: address, width, height, settings });
  const { document } = window;
  const createElementNS = document.createElementNS.bind(document);
  document.createElementNS = (...[namespace, name, options]: Parameters<typeof createElementNS>) => {
    if (name === '') throw new window.DOMException('not a name', 'InvalidCharacterError');
    return createElementNS(namespace, name, options);
  };
  return window;
}

/**
 * Runs a program with a window's names as its globals, so that no other test sees them. It shares the language's own names
 * with the test.
 */
export function runProgram(code: string, window: HappyWindow, clock: Clock, effects: Effects): void {
  let start: (() => void) | undefined;
  const blobs = new Map<string, Blob>();
  const ownUrl = Object.assign(class extends window.URL {}, {
    createObjectURL: (blob: Blob) => {
      blobs.set(`blob:${blobs.size}`, blob);
      return `blob:${blobs.size - 1}`;
    },
    revokeObjectURL: () => {},
  });
  const saveFile = (url: string, name: string) => {
    const text = blobs.get(url)?.text() ?? Promise.reject(new Error(`${url} is no file`));
    effects.saved.push(text.then((content) => ({ name, text: content })));
  };
  const writeText = async (text: string) => {
    effects.copied = text;
  };
  Object.defineProperty(window, 'saveFile', { value: saveFile });
  Object.defineProperty(window.navigator, 'clipboard', { configurable: true, value: { writeText } });
  const names = {
    ...Object.fromEntries(LANGUAGE.map((name) => [name, Reflect.get(globalThis, name)])),
    setTimeout: clock.set,
    clearTimeout: clock.clear,
    URL: ownUrl,
    addEventListener: (type: string, ...rest: [() => void]) => {
      if (type === 'DOMContentLoaded') [start] = rest;
      else window.addEventListener(type, ...rest);
    },
  };
  new Function('window', 'names', `with (window) { with (names) { ${code} } }`)(window, names);
  start?.();
}

const LANGUAGE: readonly string[] = runInNewContext('Object.getOwnPropertyNames(globalThis)');

/** The height of an element that scrolls others, and of any other. */
const HEIGHTS = { scrolls: 600, other: 30 } as const;

/** Gives elements sizes, for rows that exist only in view: happy-dom has none. */
function completeElements(): void {
  const elements = new HappyWindow().HTMLElement.prototype;
  const size = (name: string, sizeOf: (one: HTMLElement) => number) =>
    Object.defineProperty(elements, name, {
      configurable: true,
      get(this: HappyElement) {
        const one = this as unknown as HTMLElement;
        return one.closest('[hidden]') ? 0 : sizeOf(one);
      },
    });
  const width = ({ ownerDocument }: HTMLElement) => ownerDocument.defaultView?.innerWidth ?? 0;
  const height = (one: HTMLElement) =>
    one.matches('[tabindex], main, html, body') ? HEIGHTS.scrolls : HEIGHTS.other;
  for (const name of ['clientWidth', 'offsetWidth']) size(name, width);
  for (const name of ['clientHeight', 'offsetHeight']) size(name, height);
  // Browsers scroll to what gets the focus.
  const { focus } = elements;
  elements.focus = function (this: HappyElement, options?: FocusOptions) {
    focus.call(this);
    if (!options?.preventScroll) this.scrollIntoView();
  };
  const links = new HappyWindow().HTMLAnchorElement.prototype;
  const { click } = links;
  links.click = function (this: typeof links) {
    const link = this as unknown as HTMLAnchorElement;
    const { defaultView } = link.ownerDocument;
    if (!link.download) click.call(this);
    else Reflect.get(defaultView as object, 'saveFile')(link.href, link.download);
  };
}

completeElements();
