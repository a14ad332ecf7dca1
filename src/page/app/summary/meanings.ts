import { NOBODY_REASONS } from '../../../access/nobody-reasons.ts';
import type { WhoRow } from '../../../access/who-rows.ts';
import type { Risk } from '../../../rbac/ways.ts';
import { PEOPLE_UNKNOWN } from '../facet-labels.ts';
import type { PrincipalType } from './counts.ts';

/** Meanings of the risks for readers who don't know Kubernetes, as continuations of "They". */
export const RISK_MEANINGS: Readonly<Record<Risk, string>> = {
  'cluster-admin':
    'can do everything in the cluster: read every secret, run any program, grant anyone access.',
  'system-admin':
    "can do everything in kube-system, where the cluster's own programs run, and take over the cluster from there.",
  escalate: 'can add any permission to a role, including to a role that they have.',
  bind: "can grant themselves roles that they don't have, such as cluster-admin.",
  impersonate: 'can act as someone else, such as a cluster admin.',
  'impersonate-constrained':
    'can act as someone else, such as a cluster admin, for requests that are enough to become one.',
  'create-tokens':
    'can create passwords for the accounts of powerful programs in the cluster, and log in as these.',
  'approve-certificates': "can issue certificates to log in under any name, such as a cluster admin's.",
  'edit-aws-auth': 'can change the list of who has access, and make themselves cluster admin there.',
  'edit-webhooks': 'can have the cluster change what others ask it to do, such as which programs it starts.',
  'edit-mutating-policies':
    'can have the cluster change what others ask it to do, such as which programs it starts.',
  'read-secrets':
    'can read every password and key stored in the cluster, and log in as powerful programs with theirs.',
  'read-system-secrets':
    "can read the passwords and keys of the cluster's own programs, and log in as these.",
  exec: 'can run commands inside every program in the cluster, with the permissions of the most powerful one.',
  'exec-system':
    "can run commands inside the cluster's own programs, and take over the cluster with their permissions.",
  'create-pods':
    'can start programs anywhere in the cluster, with the permissions of any other program there.',
  'create-system-pods': "can start programs with the permissions of the cluster's own programs.",
  'act-as-account': 'can run programs with the permissions of a powerful one, or read its password.',
};

type Reason = NonNullable<WhoRow['reason']>;

/** Why it is unknown who has access, or what they may do. */
export const UNKNOWN_REASONS = {
  [PEOPLE_UNKNOWN]: {
    title: "Roles whose people aren't known",
    text: "Who is assigned these permission sets wasn't read from AWS, so anyone might have these roles.",
    unit: 'entries',
  },
  'account-access': {
    title: 'Roles that more people may have',
    text: "Account access manager can assign these IAM roles to people. Who they are isn't read: its console lists them.",
    unit: 'entries',
  },
  'cluster-unknown': {
    title: 'Access that may not apply',
    text: "No cluster that was read matches the aws-auth file. A cluster's settings may override its entries.",
    unit: 'callers',
  },
  'bindings-unknown': {
    title: 'Permission unknown: no RBAC',
    text: "What their Kubernetes groups may do is unknown, because the cluster's roles and bindings weren't given.",
    unit: 'callers',
  },
  'access-policy': {
    title: 'Permission unknown: access policy without published rules',
    text: "AWS doesn't publish what their access policy allows. To check, run as one of them: kubectl auth can-i.",
    unit: 'callers',
  },
} as const satisfies Readonly<
  Record<string, { readonly title: string; readonly text: string; readonly unit: 'entries' | 'callers' }>
>;

const WARNING_TITLES: Readonly<Record<string, string>> = {
  anybody: 'Anyone may have access',
  'assignments-unknown': 'Assignments not read',
  'bindings-unknown': 'Kubernetes roles and bindings not given',
  'aws-auth-unknown': 'aws-auth not given',
  'cluster-unknown': 'Cluster not read',
  'cluster-unreadable': 'Cluster not read',
  'config-map-ignored': 'aws-auth has no effect',
  'entries-out-of-scope': 'Entries of other accounts left out',
  'old-inventory': 'AWS was read long ago',
  'nothing-compared': 'Not compared',
  'since-narrower': 'Compared in part',
  'since-newer': 'Compared with a later run',
  'unknown-kubernetes-group': 'Kubernetes group not found',
};

/** The title of a warning of the run, by its code. */
export function warningTitle(code: string): string {
  if (Object.hasOwn(WARNING_TITLES, code)) return WARNING_TITLES[code] ?? '';
  return code.startsWith('rbac-') ? 'RBAC as it was given' : 'To be checked';
}

/** Why an entry grants no access, as a clause. */
export function nobodyText(reason: string): string {
  return reason in NOBODY_REASONS ? NOBODY_REASONS[reason as keyof typeof NOBODY_REASONS] : reason;
}

/** Reasons of entries that grant no access to anyone. */
export const NOBODY: readonly Reason[] = Object.keys(NOBODY_REASONS) as (keyof typeof NOBODY_REASONS)[];

const KINDS: Readonly<Record<PrincipalType, readonly [one: string, many: string]>> = {
  USER: ['person', 'people'],
  IAM_ROLE: ['IAM role', 'IAM roles'],
  IAM_USER: ['IAM user', 'IAM users'],
  ACCOUNT: ['whole account', 'whole accounts'],
  KUBERNETES_GROUP: ['Kubernetes group', 'Kubernetes groups'],
  KUBERNETES_USER: ['Kubernetes user', 'Kubernetes users'],
  SERVICE_ACCOUNT: ['service account', 'service accounts'],
  GROUP: ['group', 'groups'],
};

/** Groups last: they are how others have access. */
export const PRINCIPAL_TYPES = Object.keys(KINDS) as readonly PrincipalType[];

/** `groups` */
export function kindWord(type: PrincipalType, number: number): string {
  return KINDS[type][number === 1 ? 0 : 1];
}

/** `3 groups` */
export function kindText(type: PrincipalType, number: number): string {
  return `${numberText(number)} ${kindWord(type, number)}`;
}

const numbers = new Intl.NumberFormat('en');

/** `12,345` */
export function numberText(number: number): string {
  return numbers.format(number);
}
