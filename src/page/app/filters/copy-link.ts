import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { placeBeside } from './popover.ts';

/** Milliseconds for which the button says that it worked. */
const SAID = 2_000;

/** A button that copies the address of the view, and where a browser forbids that, shows it to be copied. */
export function copyLinkButton(page: Page): HTMLElement {
  const label = element('span', {}, 'Copy link');
  const said = element('span', { class: 'hidden-text', role: 'status' });
  const field = element('input', { type: 'text', readonly: true, 'aria-label': 'Link to this view' });
  const panel = element(
    'div',
    { id: 'link', class: 'menu', popover: 'auto', role: 'dialog', 'aria-label': 'Link to this view' },
    element('p', { class: 'muted' }, 'Copy this link:'),
    field,
  );
  const button = element('button', { type: 'button', class: 'copy-link' }, label);
  button.addEventListener('click', async () => {
    // Not the whole address of this window, which may not have the last keystrokes yet.
    const link = `${location.href.replace(/#.*/s, '')}${page.hashOf({})}`;
    try {
      await navigator.clipboard.writeText(link);
      say('Copied');
    } catch {
      field.value = link;
      panel.showPopover();
      field.select();
    }
  });
  placeBeside(button, panel, () => {});
  function say(text: string): void {
    label.textContent = text;
    said.textContent = text;
    setTimeout(() => {
      label.textContent = 'Copy link';
      said.textContent = '';
    }, SAID);
  }
  return element('span', { class: 'copy-link-place' }, button, said, panel);
}
