import { element } from './dom.ts';

/** The words of the page, in the order in which access flows; for readers who know Identity Center. */
const WORDS: readonly (readonly [word: string, meaning: string])[] = [
  [
    'Permission set',
    'What Identity Center assigns to people and groups; in each account it becomes an IAM role.',
  ],
  [
    'Entry',
    'A rule of a cluster: callers with this IAM role (or this IAM user) get this username and these Kubernetes groups.',
  ],
  ['aws-auth', 'The older list of entries, a file in the cluster that EKS reads.'],
  ['Access entry', 'The newer kind of entry, kept by EKS itself; it can also grant access policies.'],
  [
    'Access policy',
    'A ready-made set of permissions by AWS that an access entry grants, in the whole cluster or some namespaces.',
  ],
  [
    'Kubernetes group',
    "A name that an entry gives to people; it isn't a group of Identity Center, and grants nothing until a binding names it.",
  ],
  [
    'Role and binding',
    'A Kubernetes role lists permissions, and a binding grants the role to groups or people (together: RBAC).',
  ],
  ['Namespace', 'A part of a cluster, often one per team or application; a binding can be limited to it.'],
  [
    'Cluster admin',
    'May do everything in the cluster, including reading every secret and granting access to others.',
  ],
  [
    'Route to admin',
    'A permission that is enough to become cluster admin with one more step, such as reading all secrets.',
  ],
  ['Unknown', "Not the same as no: something that decides it wasn't read, so treat it as possible."],
];

/** Explains the words of the page. */
export function glossary(): HTMLElement {
  return element(
    'details',
    { class: 'glossary' },
    element('summary', {}, 'What do these words mean?'),
    element(
      'dl',
      {},
      ...WORDS.map(([word, meaning]) =>
        element('div', {}, element('dt', {}, word), element('dd', {}, meaning)),
      ),
    ),
  );
}
