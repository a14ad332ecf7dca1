import { element } from './dom.ts';

/** Says why the page can't be shown, and what to do. */
export function failureView(error: unknown): HTMLElement {
  // Only the data is parsed, and it is valid as long as it is whole.
  const isIncomplete = error instanceof SyntaxError;
  return element(
    'main',
    { class: 'failure' },
    element('h1', {}, "This page can't be shown"),
    element('div', { role: 'alert' }, ...(isIncomplete ? incomplete() : stopped(error))),
  );
}

function incomplete(): HTMLElement[] {
  return [
    element('p', {}, 'The file is incomplete: a mail program or a download may have cut it off.'),
    element('p', {}, 'Get the whole file again, or have it made again.'),
  ];
}

function stopped(error: unknown): HTMLElement[] {
  return [
    element('p', {}, 'Its program stopped: ', element('code', { class: 'name' }, String(error))),
    element('p', {}, 'Open the file in a current version of Chrome, Edge, Firefox or Safari.'),
  ];
}
