import { GET_RBAC } from '../../rbac/model.ts';
import type { SourceKey } from './clusters.ts';

/** The words of the page, in the order in which access flows; for readers who know Identity Center. */
export const WORDS: readonly (readonly [word: string, meaning: string])[] = [
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
    "A name that an entry gives to people; it isn't an Identity Center group, and grants nothing until a binding names it.",
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
    "A part of a cluster, often one per team or application. kube-system is for the cluster's own programs.",
  ],
  [
    'Pod, exec',
    'A pod is a running program. Exec means running commands inside of it, with its permissions and secrets.',
  ],
  ['Secret', 'A password, key or certificate that the cluster stores for programs.'],
  [
    'Admin',
    "Cluster admin: may do everything in the cluster, including reading every secret and granting access to others. The numbers count people and IAM callers; a group counts if its members aren't listed.",
  ],
  [
    'system:masters, cluster-admin',
    'The Kubernetes group and the Kubernetes role that make admins. Nothing can limit what system:masters may do.',
  ],
  [
    'Can become admin',
    'Has a permission that is enough to become admin with one more step, such as reading all secrets.',
  ],
  [
    'Not read, unknown',
    'Not the same as no: something that decides it wasn\'t read, so treat it as possible. A number is then "at least", or a dash.',
  ],
];

/** Limits of every page; docs/audit.md has more of them. */
export const BLIND_SPOTS = [
  "Who can change the access in AWS: administrators of Identity Center, and anyone who can edit the cluster's access entries, the trust policies of its IAM roles or the keys of its IAM users.",
  'Ways in without IAM: client certificates, tokens of programs, another identity provider, Argo CD with its own list of people.',
  'What programs in the cluster can do. Who can change or enter one has its permissions.',
  'Kyverno, Gatekeeper and webhooks, which can still refuse or allow a request.',
  'What was changed after the dates above, and roles and bindings that the files leave out.',
];

/** For each source of a cluster, the effect of not reading it, and how to read it. */
export const NOT_READ_SOURCES: readonly (readonly [SourceKey, label: string, means: string, help: string])[] =
  [
    [
      'awsAuth',
      'aws-auth',
      'It grants access to these clusters, too: there may be more people and admins.',
      'To include it, pass the aws-auth ConfigMap as FILE, too.',
    ],
    [
      'accessEntries',
      'access entries',
      "EKS wasn't asked: access entries may grant more people access, or override entries of aws-auth.",
      'To read them, run with `--cluster`.',
    ],
    [
      'rbac',
      'RBAC',
      'What Kubernetes groups may do in these clusters is unknown, so there may be more admins.',
      `To include it: \`${GET_RBAC} > rbac.yaml\`, then run with \`--rbac rbac.yaml\`.`,
    ],
  ];

export const UNKNOWN_RULES = "What these access policies allow is unknown: AWS doesn't publish their rules.";
export const UNREAD_PLACE = 'Anyone may have access there.';
