import { element } from '../dom.ts';

/** The words of the page, in the order in which access flows; for readers who know Identity Center. */
const WORDS: readonly (readonly [word: string, meaning: string])[] = [
  [
    'Permission set',
    'What Identity Center assigns to people and groups; in each account it becomes an IAM role.',
  ],
  [
    'Row',
    'One way in which a person or group has access. Someone with two permission sets has two, so there may be more rows than people.',
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
    'Username',
    "What the entry calls someone in the cluster and its audit logs. A binding may name it, so one person can have more than the rest of a group. {{SessionName}} becomes each person's own name.",
  ],
  [
    'Role and binding',
    'A Kubernetes role lists permissions, and a binding grants the role to groups or people (together: RBAC). It counts in one namespace, or in all: cluster-wide.',
  ],
  [
    'Namespace',
    "A part of a cluster, often one per team or application. kube-system is the one of the cluster's own programs.",
  ],
  [
    'Pod, exec',
    'A pod is a running program. Exec means running commands inside of it, with its permissions and secrets.',
  ],
  ['Secret', 'A password, key or certificate that the cluster stores for programs.'],
  [
    'Cluster admin',
    'May do everything in the cluster, including reading every secret and granting access to others.',
  ],
  [
    'system:masters, cluster-admin',
    'The Kubernetes group and the Kubernetes role that make cluster admins. Nothing can limit what system:masters may do.',
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
