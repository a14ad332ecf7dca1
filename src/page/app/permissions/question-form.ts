import { memo } from '../../../memo.ts';
import { knownResources } from '../../../rbac/resources.ts';
import { compareStrings } from '../../../text.ts';
import { type PageRows, personValue } from '../../decode.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { Combobox, type ComboboxOption } from './combobox.ts';
import { PRESETS } from './presets.ts';
import { principalKind, VERB_WORDS } from './words.ts';

/** Milliseconds without a key after which the question is answered. */
const PAUSE = 400;

/** For readers who only choose a resource. */
const USUAL_VERBS = 'get,list,watch';

/** Asks who can do something, in the words of kubectl or by buttons in plain words, or what a person can do. */
export function questionForm(page: PageState): HTMLElement {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const field = (id: string, label: string, placeholder: string, options: () => readonly ComboboxOption[]) =>
    new Combobox({ id, label, placeholder, options, onChoose: ask, onText: askSoon });
  const verb = field('verb', 'Verb', USUAL_VERBS, () => VERBS);
  const resource = field('resource', 'Resource', 'secrets', () => resourcesOf(page.rows));
  const namespace = field('namespace', 'Namespace', 'any', () =>
    namespacesOf(page.rows).map((name) => ({ value: name, label: name, detail: '' })),
  );
  const person = new Combobox({
    id: 'who',
    label: 'Person or group',
    placeholder: 'name',
    options: () => peopleOf(page.rows),
    onChoose: ({ value }) => page.change({ who: value, can: '', namespace: '' }),
    onText: (text) => {
      if (text.trim() === '') page.change({ who: '' });
    },
  });

  /** Several questions, separated by semicolons, read on in the second field. */
  function asked(): string {
    const words = [verb, resource]
      .map(({ input }) => input.value.trim())
      .join(' ')
      .trim();
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
    if (view.who !== shownWho)
      person.input.value = peopleOf(rows).find(({ value }) => value === view.who)?.label ?? view.who;
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
  const links = PRESETS.map(({ label }) => element('a', { class: 'preset' }, label));
  const hint = element('p', { class: 'muted' });
  const places = element('p', { class: 'places' });
  page.follow(({ view, rows }) => {
    const hrefOf = (can: string, namespace: string) => page.hashOf({ can, namespace, who: '' });
    for (const [index, { can }] of PRESETS.entries()) {
      links[index]?.setAttribute('href', hrefOf(can, view.namespace));
      links[index]?.setAttribute('aria-current', String(can === view.can));
    }
    const chosen = PRESETS.find(({ can }) => can === view.can);
    const [first] = PRESETS;
    const can = view.can || (first?.can ?? '');
    hint.replaceChildren(chosen?.hint ?? '');
    places.replaceChildren(
      element('span', { class: 'muted' }, view.can === '' ? `${first?.label} in` : 'In'),
      ...['', ...namespacesOf(rows).slice(0, MOST_NAMESPACES)].map((name) =>
        element(
          'a',
          {
            class: 'name',
            href: hrefOf(can, name),
            'aria-current': view.can !== '' && name === view.namespace ? 'true' : null,
          },
          name === '' ? 'any namespace' : name,
        ),
      ),
    );
  });
  return element(
    'div',
    { class: 'presets' },
    element('nav', { 'aria-label': 'Common questions' }, ...links),
    hint,
    places,
  );
}

const VERBS: readonly ComboboxOption[] = [
  ...VERB_WORDS.map(([verbs, word]) => [verbs.join(','), word] as const),
  ...VERB_WORDS.flatMap(([verbs]) => (verbs.length > 1 ? verbs : [])).map((verb) => [verb, ''] as const),
  ['*', 'do everything'] as const,
].map(([value, detail]) => ({ value, label: value, detail }));

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
const resourcesOf = memo((rows: PageRows): readonly ComboboxOption[] => {
  const known = knownResources.flatMap(({ name, subresources }) => [
    name,
    ...subresources.map((one) => `${name}/${one}`),
  ]);
  const named = rows.data.tables.rules.flat().flatMap(({ resources, apiGroups }) =>
    resources
      .flatMap((resource) => {
        const [name = '', ...rest] = resource.split('/');
        if (known.includes(resource) || resource.includes('*')) return [];
        return apiGroups.flatMap((group) =>
          group.includes('*') ? [] : [[[name, group].filter(Boolean).join('.'), ...rest].join('/')],
        );
      })
      .flat(),
  );
  return [...new Set([...COMMON.keys(), ...[...known, ...named].sort(compareStrings)])].map((value) => ({
    value,
    label: value,
    detail: COMMON.get(value) ?? '',
  }));
});

/** Everyone in the page by name, each once. */
const peopleOf = memo((rows: PageRows): readonly ComboboxOption[] => {
  const { compare } = new Intl.Collator('en', { numeric: true });
  const all = new Map(rows.data.tables.principals.map((one) => [personValue(one), one]));
  return [...all]
    .map(([value, one]) => ({ value, label: one.name ?? one.id, detail: principalKind(one) }))
    .sort((one, other) => compare(one.label, other.label));
});

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
