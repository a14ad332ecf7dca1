import { memo } from '../../../memo.ts';
import { knownResources } from '../../../rbac/resources.ts';
import { compareStrings } from '../../../text.ts';
import type { PageRows } from '../../decode.ts';
import { valueLabel } from '../../facets.ts';
import { type View, WHOLE_VIEW } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { type ComboboxOption, combobox } from './combobox.ts';
import { PRESETS, VERB_WORDS, verbWords } from './words.ts';

/** Milliseconds without a key after which the question is answered. */
const PAUSE = 400;

/** For readers who only choose a resource. */
const USUAL_VERBS = 'get,list,watch';

/** Asks who can do something, in the words of kubectl or by buttons in plain words, or what a person can do. */
export function questionForm(page: PageState): HTMLElement {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const field = (id: string, label: string, placeholder: string, options: () => readonly ComboboxOption[]) =>
    combobox({ id, label, placeholder, options, onChoose: ask, onText: askSoon });
  const verb = field('verb', 'Verb', USUAL_VERBS, () => VERBS);
  const resource = field('resource', 'Resource', 'secrets', () => resourcesOf(page.rows));
  const namespace = field('namespace', 'Namespace', 'any', () => optionsOf(namespacesOf(page.rows)));
  const person = combobox({
    id: 'who',
    label: 'Person or group',
    placeholder: 'name',
    options: () =>
      page.selector.items('person', WHOLE_VIEW, '').map(({ value, label }) => ({ value, label, detail: '' })),
    onChoose: ({ value }) => page.change({ who: value, can: '', namespace: '' }),
    onText: (text) => {
      if (text.trim() === '') page.change({ who: '' });
    },
  });

  /** Several questions, separated by semicolons, read on in the second field. A verb may be a plain word, such as "read". */
  function asked(): string {
    const word = verb.input.value.trim();
    const verbs =
      VERB_WORDS.find(([own, plain]) => plain === word && !own.includes(word))?.[0].join(',') ?? word;
    const words = `${verbs} ${resource.input.value.trim()}`.trim();
    return words.includes(' ') ? words : '';
  }

  function ask(): void {
    clearTimeout(waiting);
    const can = asked();
    page.change({ can, namespace: namespace.input.value.trim(), ...(can !== '' && { who: '' }) });
  }

  function askSoon(): void {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  }

  let shownWho: string | null = null;
  page.follow(({ view, rows }) => {
    // A reader who is typing keeps the text.
    if (asked() !== view.can || shownWho === null) {
      const [, verbs = USUAL_VERBS, rest = ''] = /^(\S+)\s+(.*)$/s.exec(view.can) ?? [];
      verb.input.value = verbs;
      resource.input.value = rest;
    }
    if (namespace.input.value.trim() !== view.namespace) namespace.input.value = view.namespace;
    if (view.who !== shownWho) person.input.value = valueLabel(rows, 'person', view.who);
    shownWho = view.who;
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
    sentenceOf('Who can', verb.element, resource.element, 'in', namespace.element, '?'),
    presetNodes(page),
    sentenceOf('What can', person.element, 'do?'),
    // Enter in a field asks.
    element('button', { type: 'submit', class: 'hidden-text', tabindex: -1 }, 'Ask'),
  );
}

function sentenceOf(...words: readonly (HTMLElement | string)[]): HTMLElement {
  return element(
    'div',
    { class: 'sentence' },
    ...words.map((word) => (typeof word === 'string' ? element('span', {}, word) : word)),
  );
}

/** Namespaces that are one click away. */
const MOST_NAMESPACES = 8;

/** Links to common questions, what the chosen one means, and links to the question in a namespace. */
function presetNodes(page: PageState): HTMLElement {
  const usual = PRESETS[0];
  const hint = element('p', { class: 'muted' });
  const before = element('span', { class: 'muted' });
  page.follow(({ view }) => {
    hint.replaceChildren(PRESETS.find(({ can }) => can === view.can)?.hint ?? '');
    before.replaceChildren(view.can === '' ? `${usual?.label} in` : 'In');
  });
  const places = ['', ...namespacesOf(page.rows).slice(0, MOST_NAMESPACES)].map((namespace) =>
    questionLink(page, namespace || 'any namespace', ({ can }) => ({
      can: can || usual?.can || '',
      namespace,
    })),
  );
  return element(
    'div',
    { class: 'presets' },
    element('div', {}, ...PRESETS.map(({ label, can }) => questionLink(page, label, () => ({ can })))),
    hint,
    element('div', {}, before, ...places),
  );
}

/** A link to a question, which follows what else the reader chooses. */
function questionLink(page: PageState, text: string, changesOf: (view: View) => Partial<View>): HTMLElement {
  const link = element('a', { class: 'name' }, text);
  page.follow(({ view }) => {
    const href = page.hashOf({ who: '', ...changesOf(view) });
    link.setAttribute('href', href);
    link.setAttribute('aria-current', String(href === page.hashOf({})));
  });
  return link;
}

const VERBS = optionsOf(
  [
    ...VERB_WORDS.map(([verbs]) => verbs.join(',')),
    ...VERB_WORDS.flatMap(([verbs]) => (verbs.length > 1 ? verbs : [])),
    '*',
  ],
  (verb) => verbWords(verb.split(',')),
);

/** Resources that many ask about, first, with a meaning for readers who don't know Kubernetes. */
const COMMON: ReadonlyMap<string, string> = new Map([
  ['secrets', 'passwords and keys'],
  ['pods', 'running programs'],
  ['pods/exec', 'commands in running programs'],
  ['pods/log', 'what programs print'],
  ['configmaps', 'settings'],
  ['deployments', 'start programs'],
  ['rolebindings', 'who has which role in a namespace'],
  ['clusterrolebindings', 'who has which role in the cluster'],
  ['nodes', 'machines'],
  ['*.*', 'everything'],
]);

/** Kinds of things, also those that only roles name. */
const resourcesOf = memo(({ data }: PageRows): readonly ComboboxOption[] => {
  const known = knownResources.flatMap(({ name, subresources }) => [
    name,
    ...subresources.map((one) => `${name}/${one}`),
  ]);
  const named = data.tables.rules.flat().flatMap(({ resources }) => resources);
  const others = [...known, ...named.filter((name) => !name.includes('*'))].sort(compareStrings);
  return optionsOf([...new Set([...COMMON.keys(), ...others])], (name) => COMMON.get(name) ?? '');
});

function optionsOf(
  values: readonly string[],
  detailOf: (value: string) => string = () => '',
): readonly ComboboxOption[] {
  return values.map((value) => ({ value, label: value, detail: detailOf(value) }));
}

/** Namespaces that roles, bindings and access policies name, for suggestions. */
const namespacesOf = memo(({ data: { tables } }: PageRows): readonly string[] => {
  const named = [
    ...[...tables.roles, ...tables.bindings].map(({ namespace }) => namespace ?? ''),
    ...tables.rbac
      .flatMap(({ policies }) => policies)
      .flatMap(({ scope }) => (scope === 'cluster' ? [] : scope.namespaces)),
  ];
  return [...new Set(named.filter((name) => name !== '' && !name.includes('*')))].sort(compareStrings);
});
