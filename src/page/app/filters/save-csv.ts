import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { count, rowsText } from '../texts.ts';
import { type CsvFile, csvFile, csvPieces } from './csv-file.ts';

/** Milliseconds of work after which the page may react to the reader. */
const SLICE = 30;

/** The button that saves the shown rows. */
export function saveButton(page: Page): HTMLButtonElement {
  const label = element('span', {}, 'Save as CSV');
  const number = element('span', { class: 'save-count' });
  const note = element('span', { class: 'hidden-text' });
  const button = element('button', { type: 'button', class: 'save' }, label, number, note);
  let file: CsvFile = csvFile(page.rows, page.selected, new Date());
  let isSaving = false;
  const update = () => {
    if (isSaving) return;
    const { rows, left } = file;
    number.textContent = rows.length === 0 ? '' : ` (${rowsText(rows.length)})`;
    note.textContent =
      left === 0 ? '' : `, without ${left === 1 ? '1 row that is' : `${count(left)} rows that are`} gone`;
    button.title = note.textContent === '' ? '' : `Saved${note.textContent}`.replace(',', '');
    button.disabled = rows.length === 0;
  };
  button.addEventListener('click', async () => {
    if (isSaving) return;
    isSaving = true;
    button.setAttribute('aria-busy', 'true');
    number.textContent = '';
    const blob = await blobOf(page, file, (part) => {
      label.textContent = `Saving… ${Math.floor(part * 100)}%`;
    });
    offer(blob, file.name);
    isSaving = false;
    label.textContent = 'Save as CSV';
    button.removeAttribute('aria-busy');
    update();
  });
  let selected: Uint32Array | null = null;
  page.follow((now) => {
    if (now.selected === selected) return;
    selected = now.selected;
    file = csvFile(now.rows, now.selected, new Date());
    update();
  });
  return button;
}

/** Pauses now and then, so that the page can react: hundreds of thousands of rows take seconds. */
async function blobOf(
  { rows }: Page,
  { rows: saved }: CsvFile,
  onProgress: (part: number) => void,
): Promise<Blob> {
  const parts: Blob[] = [];
  let pending: string[] = [];
  let done = 0;
  let start = performance.now();
  for (const piece of csvPieces(rows, saved)) {
    pending.push(piece);
    if (performance.now() - start < SLICE) continue;
    // A blob may lie outside of the tab's memory.
    parts.push(new Blob(pending));
    done += pending.length;
    pending = [];
    onProgress(Math.min(1, done / (saved.length + 1)));
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
