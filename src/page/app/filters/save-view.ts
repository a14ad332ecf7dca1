import { viewToHash } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import type { CsvFile } from './csv-file.ts';
import { dropdown } from './dropdown.ts';

/** Milliseconds for which a button says what it did. */
const SAID = 2_000;

/** A button that copies the address of the view, and says where it works. */
export function copyLink(page: PageState): HTMLElement {
  const panel = element('div', { class: 'link-panel', role: 'group', 'aria-label': 'Link to this view' });
  const isFile = location.protocol === 'file:';
  const { element: place, button } = dropdown('Copy link', panel, () => {
    const hash = viewToHash(page.view);
    // Not the whole address of this window, which may not have the last keystrokes yet.
    const link = `${location.href.replace(/#.*/s, '')}${hash && `#${hash}`}`;
    const status = element('p', { role: 'status' }, 'Copy this link:');
    const works = isFile ? 'Copied. It opens on this computer:' : 'Copied:';
    navigator.clipboard?.writeText(link).then(
      () => status.replaceChildren(works),
      () => status.replaceChildren('The browser forbids copying. Copy this link:'),
    );
    panel.replaceChildren(
      status,
      copyField('Link to this view', link),
      ...(!isFile || hash === ''
        ? []
        : [
            element('p', {}, 'Others who have this file open it, and put this at the end of the address:'),
            copyField('End of the address', `#${hash}`),
            copyButton('Copy the end', () => `#${hash}`) ?? '',
          ]),
    );
  });
  button.classList.add('copy-link');
  return place;
}

function copyField(label: string, text: string): HTMLInputElement {
  const field = element('input', {
    type: 'text',
    readonly: true,
    'aria-label': label,
    onfocus: () => field.select(),
  });
  field.value = text;
  return field;
}

/** Null where the browser has no clipboard: it has one only in secure contexts. */
export function copyButton(label: string, text: () => string): HTMLElement | null {
  if (!navigator.clipboard) return null;
  const status = element('span', { role: 'status', class: 'muted' });
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => status.replaceChildren('Copied'),
      () => status.replaceChildren("Couldn't copy: select the text instead"),
    );
  return element(
    'span',
    { class: 'copy' },
    element('button', { type: 'button', onclick: copy }, label),
    status,
  );
}

/** Milliseconds of work after which the page may react to the reader. */
const SLICE = 30;

/** The button that saves what the tab shows. */
export function saveButton(exported: () => CsvFile | null): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'save' }, 'Save as CSV');
  let isSaving = false;
  const say = (text: string) => button.replaceChildren(text);
  button.addEventListener('click', async () => {
    const file = exported();
    if (isSaving) return;
    if (!file) {
      say('Nothing to save');
      setTimeout(() => say('Save as CSV'), SAID);
      return;
    }
    isSaving = true;
    button.setAttribute('aria-busy', 'true');
    offer(await blobOf(file, (part) => say(`Saving… ${Math.floor(part * 100)}%`)), file.name);
    isSaving = false;
    say('Save as CSV');
    button.removeAttribute('aria-busy');
  });
  return button;
}

/** Pauses now and then, so that the page can react: hundreds of thousands of rows take seconds. */
async function blobOf({ pieces, lines }: CsvFile, onProgress: (part: number) => void): Promise<Blob> {
  const parts: Blob[] = [];
  let pending: string[] = [];
  let done = 0;
  let start = performance.now();
  for (const piece of pieces) {
    pending.push(piece);
    if (performance.now() - start < SLICE) continue;
    // A blob may lie outside of the tab's memory.
    parts.push(new Blob(pending));
    done += pending.length;
    pending = [];
    onProgress(Math.min(1, done / (lines + 1)));
    await new Promise((resolve) => setTimeout(resolve));
    start = performance.now();
  }
  return new Blob([...parts, new Blob(pending)], { type: 'text/csv;charset=utf-8' });
}

function offer(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = element('a', { href: url, download: name });
  link.click();
  // The browser reads the blob after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
