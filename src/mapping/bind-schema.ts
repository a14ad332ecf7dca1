import * as v from 'valibot';
import { quoted } from '../text.ts';
import { field, optional, validString } from './policies-schema.ts';

/** No `.`, `..`, slash or percent sign, as in Kubernetes; and nothing that is probably a slip. */
const ROLE_NAME = /^(?!\.{1,2}$)(?!.*[/%])[!-~]+$/;
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

function roleProblem(text: string): string | undefined {
  return ROLE_NAME.test(text)
    ? undefined
    : "isn't a valid name of a ClusterRole: it can't be empty, . or .., or contain /, %, spaces or non-ASCII characters";
}

function namespaceProblem(text: string): string | undefined {
  if (text.includes('*'))
    return 'is a pattern, but a RoleBinding is in one namespace; list each of them, or omit namespaces for the whole cluster';
  return NAMESPACE.test(text)
    ? undefined
    : "isn't a valid namespace: it must be up to 63 lower-case letters, digits and -";
}

/** A string with a function for messages, and a pattern for editors. */
const matching = (pattern: RegExp, problemOf: (text: string) => string | undefined) => ({
  ...v.pipe(v.string(), v.regex(pattern)),
  '~run': validString(problemOf)['~run'],
});

/** Reports items of a list whose key an earlier one has. */
const distinct = <Item>(keyOf: (item: Item) => string, message: (key: string) => string) =>
  v.rawCheck<Item[]>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const keys = dataset.value.map(keyOf);
    for (const [index, key] of keys.entries()) {
      if (keys.indexOf(key) === index) continue;
      const value = dataset.value[index];
      addIssue({
        message: message(key),
        path: [{ type: 'array', origin: 'value', input: dataset.value, key: index, value }],
      });
    }
  });

const boundRole = v.strictObject(
  {
    role: field(
      matching(ROLE_NAME, roleProblem),
      'The name of a ClusterRole, such as one of Kubernetes: view, edit, admin or cluster-admin.',
      'view',
      'edit',
    ),
    namespaces: optional(
      v.pipe(
        v.array(
          field(matching(NAMESPACE, namespaceProblem), 'The name of a namespace.', 'payments'),
          'must be a list of namespaces',
        ),
        v.minLength(1, 'is empty: list at least one namespace, or omit it for the whole cluster'),
        distinct<string>(
          (name) => name,
          (name) => `${quoted(name)} is already listed`,
        ),
      ),
      'The namespaces, with a RoleBinding in each; default: a ClusterRoleBinding for the whole cluster.',
      ['payments', 'shop'],
    ),
  },
  'must be a mapping with role, such as {role: edit, namespaces: [payments]}',
);

/** The `bind` of a mapping. */
export const boundRoles = v.pipe(
  v.array(
    field(boundRole, 'A ClusterRole, in namespaces or the whole cluster.', {
      role: 'edit',
      namespaces: ['payments'],
    }),
    'must be a list of roles, such as [{role: edit, namespaces: [payments]}]',
  ),
  v.minLength(1, 'is empty: list at least one role, or omit it'),
  distinct<v.InferOutput<typeof boundRole>>(
    ({ role }) => role,
    (role) => `${quoted(role)} is already bound; list all its namespaces in one item`,
  ),
);

/** The keys of an item, for messages. */
export const BIND_KEYS = Object.keys(boundRole.entries);
