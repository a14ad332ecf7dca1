/** Pixels between a popover and its button, or the edge of the window. */
const GAP = 6;
/** The height that is enough for most popovers. */
const ROOM = 400;
/** The width of a popover before it is shown. */
const WIDTH = 360;

/**
 * Shows a popover below its button, or above it where there is more room; the style may put it elsewhere on a small screen.
 * @param button has the panel as its `popovertarget`: the browser opens and closes it, and moves the focus back
 * @param onToggle called before the panel is shown, and after it was hidden
 */
export function placeBeside(
  button: HTMLElement,
  panel: HTMLElement,
  onToggle: (isOpen: boolean) => void,
): void {
  const place = () => {
    const { left, top, bottom } = button.getBoundingClientRect();
    const below = innerHeight - bottom - 2 * GAP;
    const above = top - 2 * GAP;
    const isBelow = below >= ROOM || below >= above;
    const most = document.documentElement.clientWidth - (panel.offsetWidth || WIDTH) - GAP;
    panel.style.setProperty('--left', `${Math.max(GAP, Math.min(left, most))}px`);
    panel.style.setProperty('--top', isBelow ? `${bottom + GAP}px` : 'auto');
    panel.style.setProperty('--bottom', isBelow ? 'auto' : `${innerHeight - top + GAP}px`);
    panel.style.setProperty('--room', `${isBelow ? below : above}px`);
  };
  const before = (isOpen: boolean) => {
    button.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) return;
    onToggle(true);
    place();
  };
  const after = (isOpen: boolean) => {
    if (!isOpen) {
      removeEventListener('resize', place);
      removeEventListener('scroll', place);
      // Not before: the focus goes back to the button only from within the panel.
      onToggle(false);
      return;
    }
    place();
    addEventListener('resize', place);
    addEventListener('scroll', place, { passive: true });
    // On a touch screen, the focus in a field would open the keyboard over the list.
    if (!matchMedia('(pointer: coarse)').matches)
      panel.querySelector<HTMLElement>('input:not([hidden])')?.focus();
  };
  if ('popover' in panel) {
    panel.addEventListener('beforetoggle', (event) => before(isOpening(event)));
    panel.addEventListener('toggle', (event) => after(isOpening(event)));
  } else showByHand(button, panel, before, after);
}

function isOpening(event: Event): boolean {
  return (event as ToggleEvent).newState === 'open';
}

/** Opens and closes a panel in a browser without popovers, such as Firefox 115. */
function showByHand(
  button: HTMLElement,
  panel: HTMLElement,
  before: (isOpen: boolean) => void,
  after: (isOpen: boolean) => void,
): void {
  const setOpen = (isOpen: boolean) => {
    if (panel.hidden !== isOpen) return;
    const hasFocus = panel.contains(document.activeElement);
    before(isOpen);
    panel.hidden = !isOpen;
    panel.classList.toggle('is-open', isOpen);
    after(isOpen);
    if (hasFocus) button.focus();
  };
  panel.hidden = true;
  panel.removeAttribute('popover');
  panel.showPopover = () => setOpen(true);
  if (button.hasAttribute('popovertarget'))
    button.addEventListener('click', () => setOpen(panel.hidden !== false));
  panel.querySelector('[popovertarget]')?.addEventListener('click', () => setOpen(false));
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') setOpen(false);
  });
  document.addEventListener('pointerdown', ({ target }) => {
    const isOutside = target instanceof Node && !panel.contains(target) && !button.contains(target);
    if (isOutside) setOpen(false);
  });
}
