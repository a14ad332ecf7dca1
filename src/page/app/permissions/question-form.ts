import { groupBy } from '../../../group-by.ts';
import { memo } from '../../../memo.ts';
import type { PageRows } from '../../decode.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { Combobox } from './combobox.ts';

/** Milliseconds without a key after which the question is answered. */
const PAUSE = 400;

/** Asks a question: in plain words by buttons, or as kubectl writes it. */
export function questionForm(page: PageState): HTMLElement {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const question = questionField(askSoon);
  const namespace = new Combobox({
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
    {
      class: 'question screen-only',
      onsubmit: (event) => {
        event.preventDefault();
        ask();
      },
    },
    ...presetNodes(page, choose),
    fields(question, namespace.element),
  );
}

/** Buttons of common questions, and what the chosen one means. */
function presetNodes(page: PageState, choose: (can: string) => void): HTMLElement[] {
  const buttons = PRESETS.map(({ label, can }) =>
    element('button', { type: 'button', class: 'preset', onclick: () => choose(can) }, label),
  );
  const hint = element('p', { class: 'preset-hint' });
  page.follow(({ view }) => {
    const chosen = PRESETS.findIndex(({ can }) => can === view.can);
    for (const [index, button] of buttons.entries())
      button.setAttribute('aria-pressed', String(index === chosen));
    const preset = PRESETS[chosen];
    // With the question in the notation of the field below.
    if (preset) hint.replaceChildren(`${preset.hint} This asks for `, element('code', {}, preset.can), '.');
    else hint.replaceChildren('Choose a question, or ask about any action and kind of object.');
  });
  return [
    element('div', { class: 'presets', role: 'group', 'aria-label': 'Common questions' }, ...buttons),
    hint,
  ];
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

/** Questions that many ask, in plain words, with explanations for readers who don't know Kubernetes. */
export const PRESETS: readonly { readonly label: string; readonly can: string; readonly hint: string }[] = [
  {
    label: 'Read secrets',
    can: 'get,list,watch secrets',
    hint: 'Secrets hold passwords, keys and certificates of applications. Lists have their contents, too.',
  },
  {
    label: 'Run commands in pods',
    can: 'create pods/exec',
    hint: 'Pods are running applications. With kubectl exec, a person runs commands inside of one and sees its data.',
  },
  {
    label: 'Change permissions',
    can: 'create,update,patch rolebindings; create,update,patch clusterrolebindings',
    hint: 'A binding grants a role to people or groups. Nobody can grant more than they have, unless they may also “bind” or “escalate” roles.',
  },
  {
    label: 'Create pods',
    can: 'create pods',
    hint: 'Starts applications. A new pod can use secrets and service accounts of its namespace.',
  },
  {
    label: 'Delete anything',
    can: 'delete *.*',
    hint: 'Deletes objects of every kind.',
  },
  {
    label: 'Do anything',
    can: '* *.*',
    hint: 'Every action on every kind of object: an administrator of the namespace or of the cluster.',
  },
];

/**
 * A question as the end of "who can …": `read secrets`, `get or list pods`
 * @param text as the reader typed it
 * @param asked its parts
 */
export function questionWords(text: string, asked: readonly string[]): string {
  const preset = PRESETS.find(({ can }) => can === text);
  return preset ? `${preset.label.charAt(0).toLowerCase()}${preset.label.slice(1)}` : partsText(asked);
}

/** Parts of a question: `get or list pods` */
export function partsText(parts: readonly string[]): string {
  const byTarget = groupBy(parts, (part) => part.slice(part.indexOf(' ')));
  return [...byTarget]
    .map(([target, same]) => {
      const verbs = same.map((part) => part.slice(0, part.indexOf(' ')));
      const last = verbs.pop();
      return `${verbs.length === 0 ? '' : `${verbs.join(', ')} or `}${last}${target}`;
    })
    .join(', or ');
}

/** Namespaces that roles, bindings and access policies name, for suggestions. */
const namespacesOf = memo((rows: PageRows): readonly string[] => {
  const { rbac, roles, bindings } = rows.data.tables;
  const named = [
    ...rbac.flatMap((one) => one.roles.map((index) => roles[index]?.namespace ?? null)),
    ...bindings.map(({ namespace }) => namespace),
    ...rbac
      .flatMap(({ policies }) => policies)
      .flatMap(({ scope }) => (scope === 'cluster' ? [] : scope.namespaces)),
  ];
  return [...new Set(named.filter((name) => name !== null && !name.includes('*')).map(String))].sort();
});
