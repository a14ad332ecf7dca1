import { combobox } from './combobox.ts';
import { element } from './dom.ts';
import type { Page } from './page.ts';
import { PRESETS } from './presets.ts';
import { namespacesOf } from './who-can-answer.ts';

/** How long the reader pauses before the question is answered. */
const PAUSE = 400;

/** Where a question is asked: in plain words by buttons, or as kubectl writes it. */
export function questionForm(page: Page): HTMLElement {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const presets = PRESETS.map(({ label, can }) =>
    element(
      'button',
      {
        type: 'button',
        class: 'preset',
        onclick: () => {
          question.value = can;
          ask();
        },
      },
      label,
    ),
  );
  const question = element('input', {
    type: 'text',
    id: 'question',
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    placeholder: 'get secrets',
    'aria-describedby': 'question-hint',
    oninput: () => askSoon(),
  });
  const namespace = combobox({
    id: 'namespace',
    label: 'Namespace',
    describedBy: 'namespace-hint',
    placeholder: 'any',
    options: () => namespacesOf(page.rows).map((name) => ({ value: name, label: name, detail: '' })),
    onChoose: () => ask(),
    onText: () => askSoon(),
  });
  const hint = element('p', { class: 'preset-hint' });

  function ask(): void {
    clearTimeout(waiting);
    page.change({ can: question.value.trim(), namespace: namespace.input.value.trim() });
  }

  function askSoon(): void {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  }

  page.follow(({ view: { can, namespace: place } }) => {
    // What the reader is typing stays: only spaces differ.
    if (question.value.trim() !== can) question.value = can;
    if (namespace.input.value.trim() !== place) namespace.input.value = place;
    const chosen = PRESETS.findIndex((preset) => preset.can === can);
    for (const [index, button] of presets.entries())
      button.setAttribute('aria-pressed', String(index === chosen));
    hint.replaceChildren(PRESETS[chosen]?.hint ?? '');
  });

  return element(
    'form',
    {
      class: 'question screen-only',
      onsubmit: (event) => {
        event.preventDefault();
        ask();
      },
    },
    element('div', { class: 'presets', role: 'group', 'aria-label': 'Common questions' }, ...presets),
    hint,
    fields(question, namespace.element),
  );
}

function fields(question: HTMLInputElement, namespace: HTMLElement): HTMLElement {
  return element(
    'div',
    { class: 'question-fields' },
    element(
      'div',
      { class: 'question-text' },
      element('label', { for: 'question' }, 'Or ask as kubectl does'),
      question,
      element(
        'p',
        { class: 'hint', id: 'question-hint' },
        'Verbs and a resource: ',
        element('code', {}, 'get,list secrets'),
        ', ',
        element('code', {}, 'delete deployments.apps'),
        ', ',
        element('code', {}, 'create pods/exec'),
      ),
    ),
    element(
      'div',
      { class: 'question-namespace' },
      namespace,
      element(
        'p',
        { class: 'hint', id: 'namespace-hint' },
        'A section of a cluster, often one per team or application. Empty: any.',
      ),
    ),
    element('button', { type: 'submit', class: 'primary' }, 'Ask'),
  );
}
