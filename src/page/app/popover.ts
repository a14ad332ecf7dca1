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
  panel.addEventListener('beforetoggle', (event) => {
    const isOpen = isOpening(event);
    button.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) return;
    onToggle(true);
    place();
  });
  panel.addEventListener('toggle', (event) => {
    if (!isOpening(event)) {
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
  });
}

function isOpening(event: Event): boolean {
  return (event as ToggleEvent).newState === 'open';
}
