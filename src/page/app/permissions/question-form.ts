import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { combobox } from './combobox.ts';
import { PRESETS, type Preset } from './presets.ts';
import { namespacesOf } from './who-can-answer.ts';

/** Milliseconds without a key after which the question is answered. */
const PAUSE = 400;

/** Asks a question: in plain words by buttons, or as kubectl writes it. */
export function questionForm(page: Page): HTMLElement {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const question = questionField(askSoon);
  const namespace = combobox({
    id: 'namespace',
    label: 'Namespace',
    describedBy: 'namespace-hint',
    placeholder: 'any',
    options: () => namespacesOf(page.rows).map((name) => ({ value: name, label: name, detail: '' })),
    onChoose: ask,
    onText: askSoon,
  });

  function ask(): void {
    clearTimeout(waiting);
    page.change({ can: question.value.trim(), namespace: namespace.input.value.trim() });
  }

  function askSoon(): void {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  }

  function submit(event: Event): void {
    event.preventDefault();
    ask();
  }

  page.follow(({ view }) => {
    // A reader who is typing keeps the text: only spaces differ.
    if (question.value.trim() !== view.can) question.value = view.can;
    if (namespace.input.value.trim() !== view.namespace) namespace.input.value = view.namespace;
  });
  const choose = (can: string) => {
    question.value = can;
    ask();
  };
  return element(
    'form',
    { class: 'question screen-only', onsubmit: submit },
    ...presetNodes(page, choose),
    fields(question, namespace.element),
  );
}

/** Buttons of common questions, and what the chosen one means. */
function presetNodes(page: Page, choose: (can: string) => void): HTMLElement[] {
  const buttons = PRESETS.map(({ label, can }) =>
    element('button', { type: 'button', class: 'preset', onclick: () => choose(can) }, label),
  );
  const hint = element('p', { class: 'preset-hint' });
  page.follow(({ view }) => {
    const chosen = PRESETS.findIndex(({ can }) => can === view.can);
    for (const [index, button] of buttons.entries())
      button.setAttribute('aria-pressed', String(index === chosen));
    hint.replaceChildren(...presetHint(PRESETS[chosen]));
  });
  return [
    element('div', { class: 'presets', role: 'group', 'aria-label': 'Common questions' }, ...buttons),
    hint,
  ];
}

/** An explanation of a question, with its text in the notation of the field below. */
function presetHint(preset: Preset | undefined): (Node | string)[] {
  if (!preset) return ['Choose a question, or ask about any action and kind of object.'];
  return [`${preset.hint} This asks for `, element('code', {}, preset.can), '.'];
}

function questionField(oninput: () => void): HTMLInputElement {
  return element('input', {
    type: 'text',
    id: 'question',
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    placeholder: 'get,list,watch secrets',
    'aria-describedby': 'question-hint',
    oninput,
  });
}

function fields(question: HTMLInputElement, namespace: HTMLElement): HTMLElement {
  const examples = ['get,list,watch secrets', 'delete deployments.apps', 'create pods/exec'];
  const codes = examples.flatMap((text) => [', ', element('code', {}, text)]).slice(1);
  return element(
    'div',
    { class: 'question-fields' },
    element(
      'div',
      { class: 'question-text' },
      element('label', { for: question.id }, 'Or ask in the words of Kubernetes'),
      question,
      element(
        'p',
        { class: 'hint', id: 'question-hint' },
        'Actions and what they act on, as kubectl writes them: ',
        ...codes,
      ),
    ),
    element(
      'div',
      { class: 'question-namespace' },
      namespace,
      element(
        'p',
        { class: 'hint', id: 'namespace-hint' },
        'A part of the cluster, often one per team or application. Empty: in any of them.',
      ),
    ),
    element('button', { type: 'submit', class: 'primary' }, 'Ask'),
  );
}
