import { element } from '../dom.ts';

/** A button that opens a panel below it. */
export interface Dropdown {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly setOpen: (isOpen: boolean) => void;
}

/**
 * Escape, a click elsewhere or the focus on something else closes the panel.
 * @param panel gets the focus in its first field
 * @param onOpen called before the panel is shown
 */
export function dropdown(label: string, panel: HTMLElement, onOpen: () => void = () => {}): Dropdown {
  const button = element(
    'button',
    { type: 'button', 'aria-expanded': 'false', onclick: () => setOpen(panel.hidden === true) },
    label,
  );
  const place = element('div', { class: 'dropdown' }, button, panel);
  panel.classList.add('menu');
  panel.hidden = true;
  function setOpen(isOpen: boolean): void {
    if (isOpen === !panel.hidden) return;
    const hadFocus = panel.contains(document.activeElement);
    if (isOpen) onOpen();
    panel.hidden = !isOpen;
    button.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) {
      if (hadFocus) button.focus();
      return;
    }
    panel.scrollIntoView({ block: 'nearest' });
    // On a touch screen, the focus in a field would open the keyboard over the list.
    const first = matchMedia('(pointer: coarse)').matches ? 'button' : 'input, button';
    panel.querySelector<HTMLElement>(first)?.focus({ preventScroll: true });
  }
  place.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || panel.hidden) return;
    event.preventDefault();
    setOpen(false);
    button.focus();
  });
  place.addEventListener('focusout', ({ relatedTarget: next }) => {
    // A click beside the fields of the panel gives the focus to what is around it.
    const isElsewhere = next instanceof Node && !place.contains(next) && !next.contains(place);
    if (isElsewhere) setOpen(false);
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Node && !place.contains(target)) setOpen(false);
  });
  return { element: place, button, setOpen };
}
