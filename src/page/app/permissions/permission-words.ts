import type { AllowedRow } from '../../../rbac/allowed-rows.ts';

const VERB_WORDS: readonly (readonly [verbs: readonly string[], word: string])[] = [
  [['get', 'list', 'watch'], 'read'],
  [['create'], 'create'],
  [['update', 'patch'], 'change'],
  [['delete', 'deletecollection'], 'delete'],
  [['impersonate'], 'act as others'],
  [['bind', 'escalate'], 'grant any permission'],
];

/** Verbs in plain words: `read, change`; empty if there are no better words. */
export function verbWords(verbs: readonly string[]): string {
  if (verbs.includes('*')) return 'do everything';
  return VERB_WORDS.flatMap(([own, word]) => (own.some((verb) => verbs.includes(verb)) ? word : [])).join(
    ', ',
  );
}

/** A permission that deserves a look, and what it means. */
interface Sensitive {
  readonly resources: readonly string[];
  readonly apiGroup: string;
  readonly verbs: readonly string[];
  readonly text: string;
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch'];
const RBAC = 'rbac.authorization.k8s.io';

/** The greatest first: a row is marked with each, unless it allows everything. */
const SENSITIVE: readonly Sensitive[] = [
  { resources: ['secrets'], apiGroup: '', verbs: READ, text: 'reads secrets' },
  {
    resources: ['pods/exec', 'pods/attach', 'pods/ephemeralcontainers', 'nodes/proxy'],
    apiGroup: '',
    verbs: ['get', ...WRITE],
    text: 'runs commands in containers',
  },
  {
    resources: ['rolebindings', 'clusterrolebindings', 'roles', 'clusterroles'],
    apiGroup: RBAC,
    verbs: [...WRITE, 'bind', 'escalate'],
    text: 'changes permissions',
  },
  {
    resources: ['users', 'groups', 'serviceaccounts'],
    apiGroup: '',
    verbs: ['impersonate'],
    text: 'acts as others',
  },
  {
    resources: ['serviceaccounts/token'],
    apiGroup: '',
    verbs: ['create'],
    text: 'gets tokens of applications',
  },
];

/** Names the sensitive permissions of a row, in a few words each. */
export function sensitiveTexts({
  resources,
  verbs,
}: Pick<AllowedRow, 'resources' | 'verbs'>): readonly string[] {
  if (resources.includes('*.*') && verbs.includes('*')) return ['everything'];
  return SENSITIVE.flatMap(({ text, ...one }) => {
    const isVerb = verbs.includes('*') || one.verbs.some((verb) => verbs.includes(verb));
    const isResource = one.resources.some((name) =>
      resources.some((target) => covers(target, name, one.apiGroup)),
    );
    return isVerb && isResource ? text : [];
  });
}

/** @param target in kubectl's notation: `secrets`, `pods/exec`, `roles.rbac.authorization.k8s.io`, `*.*` */
function covers(target: string, name: string, apiGroup: string): boolean {
  const [resource = '', subresource] = name.split('/');
  const [path = '', ...rest] = target.split('/');
  const dot = path.indexOf('.');
  const [own, group] = dot < 0 ? [path, ''] : [path.slice(0, dot), path.slice(dot + 1)];
  if (group !== apiGroup && group !== '*') return false;
  if (own === '*' && rest.length === 0) return true;
  return (own === resource || own === '*') && rest.join('/') === (subresource ?? '');
}
