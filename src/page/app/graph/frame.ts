import { element } from '../dom.ts';

/** The sizes that a graph may have by itself: smaller text can't be read, larger text is out of place. */
const [LEAST_LEGIBLE, MOST_LEGIBLE] = [12 / 13, 1.15];
const [LEAST, MOST] = [0.25, 2];
const STEP = 1.25;
const PAN = 80;
/** The space above the first mark in view, and that of the headings. */
const [MARK_SPACE, HEAD] = [40, 80];
/** A pointer that moves less than this clicks. */
const STILL = 4;

/** A part of the height that should be in view at first. */
interface Mark {
  readonly y: number;
  readonly height: number;
}

/** A region to scroll, drag and zoom. */
export class GraphFrame {
  readonly element: HTMLElement;
  readonly region: HTMLElement;
  readonly buttons: HTMLElement;
  private readonly canvas = element('div', { class: 'graph-canvas' });
  private width = 0;
  private marks: readonly Mark[] = [];
  private scale = 1;
  private isFresh = false;

  constructor() {
    this.region = element(
      'div',
      {
        class: 'graph-region',
        role: 'region',
        'aria-label': 'Graph; arrow keys move it, + and - change its size',
        tabindex: 0,
        onkeydown: (event) => this.onKey(event as KeyboardEvent),
        onpointerdown: (event) => this.drag(event as PointerEvent),
        ondragstart: (event) => event.preventDefault(),
        onscroll: () => this.hint(),
      },
      this.canvas,
    );
    // Shadows at the sides where more follows.
    this.element = element('div', { class: 'graph-frame' }, this.region);
    const button = (text: string, label: string, act: () => void) =>
      element('button', { type: 'button', 'aria-label': label, title: label, onclick: act }, text);
    this.buttons = element(
      'div',
      { class: 'graph-zoom screen-only', role: 'group', 'aria-label': 'Size of the graph' },
      button('−', 'Smaller', () => this.zoom(this.scale / STEP)),
      button('+', 'Larger', () => this.zoom(this.scale * STEP)),
      button('Fit', 'Fit the width', () => this.zoom(this.fitting())),
    );
    // The region has no width while its tab is closed.
    new ResizeObserver(() => {
      this.settle();
      this.hint();
    }).observe(this.region);
  }

  /** The width that it will have; it has none while its tab is closed. */
  get room(): number {
    const { paddingLeft } = getComputedStyle(document.querySelector('main') ?? document.body);
    // The borders, and a bar to scroll.
    return document.documentElement.clientWidth - 2 * Number.parseFloat(paddingLeft) - 18;
  }

  /**
   * @param width of the content at 100 %, in pixels
   * @param marks at 100 %: as many as possible are in view
   */
  show(
    { width, marks }: { readonly width: number; readonly marks: readonly Mark[] },
    ...content: readonly Element[]
  ): void {
    this.width = width;
    this.marks = marks;
    this.isFresh = true;
    this.canvas.replaceChildren(...content);
    this.settle();
  }

  private settle(): void {
    if (!this.isFresh || this.region.clientWidth === 0) return;
    this.isFresh = false;
    this.zoom(Math.max(LEAST_LEGIBLE, Math.min(MOST_LEGIBLE, this.fitting())));
    this.region.scrollTo(0, this.start());
    this.hint();
  }

  /** The highest place that shows at least half as many marks as any other. */
  private start(): number {
    const height = this.region.clientHeight / this.scale;
    const starts = [0, ...this.marks.map(({ y }) => Math.max(0, y - MARK_SPACE))];
    const shown = (top: number) =>
      this.marks.filter((mark) => mark.y >= top && mark.y + mark.height <= top + height - HEAD).length;
    const most = Math.max(...starts.map(shown));
    return Math.min(...starts.filter((top) => 2 * shown(top) >= most)) * this.scale;
  }

  private hint(): void {
    const { scrollLeft, scrollWidth, clientWidth } = this.region;
    const more = {
      left: scrollLeft > 1,
      right: scrollLeft + clientWidth < scrollWidth - 1,
    };
    for (const [side, isMore] of Object.entries(more)) this.element.classList.toggle(`more-${side}`, isMore);
  }

  private fitting(): number {
    return this.region.clientWidth / Math.max(this.width, 1);
  }

  /** Keeps what is in the middle there. */
  private zoom(wanted: number): void {
    const { region } = this;
    const scale = Math.min(MOST, Math.max(LEAST, wanted));
    const [halfWidth, halfHeight] = [region.clientWidth / 2, region.clientHeight / 2];
    const factor = scale / this.scale;
    const [left, top] = [
      (region.scrollLeft + halfWidth) * factor - halfWidth,
      (region.scrollTop + halfHeight) * factor - halfHeight,
    ];
    this.scale = scale;
    this.canvas.style.setProperty('--graph-width', `${this.width * scale}px`);
    region.scrollTo(left, top);
    this.hint();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-PAN, 0],
      ArrowRight: [PAN, 0],
      ArrowUp: [0, -PAN],
      ArrowDown: [0, PAN],
    };
    const move = moves[event.key];
    if (move) this.region.scrollBy(...move);
    else if (event.key === '+' || event.key === '=') this.zoom(this.scale * STEP);
    else if (event.key === '-') this.zoom(this.scale / STEP);
    else if (event.key === '0') this.zoom(this.fitting());
    else return;
    event.preventDefault();
  }

  /** Moves the graph with the mouse; a finger scrolls by itself. */
  private drag({ pointerType, button, clientX, clientY }: PointerEvent): void {
    if (pointerType !== 'mouse' || button !== 0) return;
    const { region } = this;
    const { scrollLeft, scrollTop } = region;
    let isMoving = false;
    const move = (event: PointerEvent) => {
      const [x, y] = [event.clientX - clientX, event.clientY - clientY];
      if (!isMoving && Math.hypot(x, y) < STILL) return;
      isMoving = true;
      region.classList.add('dragged');
      region.scrollTo(scrollLeft - x, scrollTop - y);
    };
    const end = () => {
      removeEventListener('pointermove', move);
      region.classList.remove('dragged');
      if (!isMoving) return;
      // The click that ends a drag chooses no box.
      const stop = (event: Event) => {
        event.preventDefault();
        event.stopPropagation();
      };
      region.addEventListener('click', stop, { capture: true, once: true });
      setTimeout(() => region.removeEventListener('click', stop, { capture: true }));
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', end, { once: true });
    addEventListener('pointercancel', end, { once: true });
  }
}
