import { csvOf } from '../../../who/csv.ts';
import type { PageRows } from '../../decode.ts';
import { count, rowsText } from '../../texts.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { placeBeside } from './popover.ts';

/** Milliseconds for which the button says that it worked. */
const SAID = 2_000;

/** A button that copies the address of the view, and where a browser forbids that, shows it to be copied. */
export function copyLinkButton(page: PageState): HTMLElement {
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

/** Milliseconds of work after which the page may react to the reader. */
const SLICE = 30;

/** The button that saves the shown rows. */
export function saveButton(page: PageState): HTMLButtonElement {
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
  { rows }: PageState,
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

/** A file with the shown rows: the same bytes that `who -o csv` prints for them. */
interface CsvFile {
  readonly name: string;
  readonly rows: Uint32Array;
  /**
   * Rows of the earlier run. They are no access, so they are left out, unless nothing else is shown: then the name of the
   * file says so.
   */
  readonly left: number;
}

/**
 * @param selected the shown rows, in their order
 * @param today used if AWS wasn't read
 */
export function csvFile(rows: PageRows, selected: Uint32Array, today: Date): CsvFile {
  const present = rows.data.since ? selected.filter((row) => !rows.isEarlier(row)) : selected;
  const saved = present.length === 0 ? selected : present;
  const areEarlier = saved.length > 0 && rows.isEarlier(saved[0] ?? 0);
  const name = areEarlier
    ? `earlier-${fileName(rows, saved, rows.data.since?.asOf ?? null, today)}`
    : fileName(rows, saved, rows.data.asOf, today);
  return { name, rows: saved, left: selected.length - saved.length };
}

/** The text of the file, in pieces, one for each row and one for the headers. */
export function csvPieces(rows: PageRows, selected: Uint32Array): Iterable<string> {
  function* decoded() {
    for (const row of selected) yield rows.row(row);
  }
  return csvOf(decoded(), rows.data);
}

/** `access-prod-2026-11-20.csv`: the cluster, if it is only one, and the day AWS was read. */
function fileName(rows: PageRows, selected: Uint32Array, asOf: string | null, today: Date): string {
  const clusters = new Set<string | null>();
  for (const row of selected) {
    clusters.add(rows.entry(rows.index(row, 'entries')).cluster);
    if (clusters.size > 1) break;
  }
  const [only = null] = clusters;
  const name = clusters.size === 1 && only !== null ? fileNamePart(only) : '';
  const day = (asOf ?? today.toISOString()).slice(0, 'YYYY-MM-DD'.length);
  return `access-${name || 'clusters'}-${fileNamePart(day)}.csv`;
}

/** Keeps characters that are safe in every file system and shell. Keeps the end of an ARN, which is the name. */
function fileNamePart(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(-60)
    .replace(/^-+|-+$/g, '');
}
