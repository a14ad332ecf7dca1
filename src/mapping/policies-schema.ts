import * as v from 'valibot';
import {
  KNOWN_POLICIES,
  MAPPABLE_POLICIES,
  namespaceProblem,
  POLICY_ARN,
  POLICY_NAME,
  POLICY_NAMESPACE,
  policyNameProblem,
  policyOfServices,
  type StatedPolicy,
  shortPolicyName,
  statedPolicy,
} from '../access-policy.ts';
import { quoted } from '../text.ts';

/**
 * A string in which a function finds no problem; the problem text continues a sentence that begins with the string.
 * @param shape what anything but a string must be
 */
export function validString(problemOf: (text: string) => string | undefined, shape = 'must be a string') {
  return v.pipe(
    v.string(shape),
    v.rawCheck<string>(({ dataset, addIssue }) => {
      const found = dataset.typed ? problemOf(dataset.value) : undefined;
      if (found !== undefined) addIssue({ message: `${quoted(String(dataset.value))} ${found}` });
    }),
  );
}

/** A field with the description and examples that editors show. */
export const field = <Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  ...examples: readonly v.InferOutput<Schema>[]
) => v.pipe(schema, v.description(description), v.examples(examples));

/** An optional field. */
export const optional = <Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  ...examples: readonly v.InferOutput<Schema>[]
) => v.optional(field(schema, description, ...examples));

/** A policy with its scope, or a policy alone for the whole cluster. */
type PolicyItem = string | { readonly policy: string; readonly namespaces?: readonly string[] | undefined };

/** Converts a validated list. */
export function readPolicies(items: readonly PolicyItem[]): StatedPolicy[] {
  return items.map((item) =>
    typeof item === 'string' ? statedPolicy(item, null) : statedPolicy(item.policy, item.namespaces ?? null),
  );
}

/**
 * A policy's name.
 * @param names the ones that editors offer
 * @param problemOf writes the message
 */
function policyName(
  names: readonly string[],
  problemOf: (text: string) => string | undefined,
): v.GenericSchema<string> {
  return {
    ...v.union([
      v.picklist(names),
      v.pipe(v.string(), v.regex(POLICY_NAME)),
      v.pipe(v.string(), v.regex(POLICY_ARN)),
    ]),
    '~run': validString(problemOf)['~run'],
  };
}

const POLICY_SHAPE = 'must be a policy name, or a mapping with policy and namespaces';
const NO_POLICY = v.custom<never>(() => false, POLICY_SHAPE);

/** A list of policies, each with one scope. */
function policyList(
  policy: v.GenericSchema<string>,
  namespace: v.GenericSchema<string>,
  ...examples: readonly string[]
) {
  const name = field(
    policy,
    'The access policy: ClusterAdmin, Admin, AdminView, Edit, View, SecretAdmin, SecretReader, a full name or an ARN.',
    ...examples,
  );
  const scoped = v.strictObject(
    {
      policy: name,
      namespaces: optional(
        v.pipe(
          v.array(
            field(namespace, 'A namespace, or the start of some followed by *.', 'payments', 'team-*'),
            'must be a list of namespaces',
          ),
          v.minLength(1, 'is empty: list at least one namespace, or omit it for the whole cluster'),
        ),
        'The namespaces that the policy is limited to; default: the whole cluster.',
        ['payments', 'team-*'],
      ),
    },
    POLICY_SHAPE,
  );
  /** Reports the problems of the variant that was meant. */
  const item: v.GenericSchema<PolicyItem> = {
    ...v.union([name, scoped]),
    '~run': (dataset, config) => {
      const { value } = dataset;
      const meant = typeof value === 'string' ? name : Array.isArray(value) ? NO_POLICY : scoped;
      return meant['~run'](dataset, config);
    },
  };
  const described = field(item, 'A policy for the whole cluster, or a policy with namespaces.', 'View', {
    policy: 'Edit',
    namespaces: ['team-*'],
  });
  return v.pipe(
    v.array(described, 'must be a list of access policies, such as [Edit]'),
    v.rawCheck(onePerPolicy),
  );
}

/** EKS associates a policy with an entry once: a repeated one must have the same scope. */
function onePerPolicy({ dataset, addIssue }: v.RawCheckContext<PolicyItem[]>): void {
  if (!dataset.typed) return;
  const first = new Map<string, { readonly index: number; readonly namespaces: string }>();
  for (const [index, { policy, namespaces }] of readPolicies(dataset.value).entries()) {
    const scope = JSON.stringify(namespaces?.toSorted() ?? null);
    const before = first.get(policy);
    if (before === undefined) first.set(policy, { index, namespaces: scope });
    else if (before.namespaces !== scope)
      addIssue({
        message: `${quoted(shortPolicyName(policy))} is already listed with other namespaces, and an access entry has each policy once; list them all in one item`,
        path: [
          { type: 'array', origin: 'value', input: dataset.value, key: index, value: dataset.value[index] },
        ],
      });
  }
}

/** Refuses namespaces of the policy that makes cluster admins: it is for the whole cluster. */
function clusterAdminEverywhere({ dataset, addIssue }: v.RawCheckContext<PolicyItem[]>): void {
  if (!dataset.typed) return;
  for (const [index, { policy, namespaces }] of readPolicies(dataset.value).entries()) {
    const value = dataset.value[index];
    if (shortPolicyName(policy) !== 'ClusterAdmin' || namespaces === null || typeof value !== 'object')
      continue;
    addIssue({
      message:
        'ClusterAdmin is for the whole cluster; omit its namespaces, or use Admin, which can be limited to namespaces',
      path: [
        { type: 'array', origin: 'value', input: dataset.value, key: index, value },
        { type: 'object', origin: 'value', input: value, key: 'namespaces', value: value.namespaces },
      ],
    });
  }
}

/** A namespace of a mapping's policy; editors check it by a pattern. */
const mappedNamespace: v.GenericSchema<string> = {
  ...v.pipe(v.string(), v.regex(POLICY_NAMESPACE)),
  '~run': validString(namespaceProblem)['~run'],
};

/** The `policies` of a mapping. */
export const mappedPolicies = v.pipe(
  policyList(
    policyName(
      MAPPABLE_POLICIES,
      (text) => policyNameProblem(text) ?? policyOfServices(statedPolicy(text, null).policy),
    ),
    mappedNamespace,
    'Edit',
    'AmazonEKSViewPolicy',
    'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy',
  ),
  v.minLength(1, 'is empty: list at least one access policy, or omit it'),
  v.rawCheck(clusterAdminEverywhere),
);

const anyNamespaceProblem = (text: string) =>
  /^[-a-z0-9*]+$/.test(text) ? undefined : "isn't a namespace, or a pattern of namespaces such as team-*";

/** The `policies` of an item of `otherEntries`: whatever an access entry has. */
export const listedPolicies = policyList(
  policyName([...new Set([...MAPPABLE_POLICIES, ...KNOWN_POLICIES])], policyNameProblem),
  validString(anyNamespaceProblem),
  'View',
  'AmazonEKSEditPolicy',
  'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy',
);

/** The keys of an item, for messages. */
export const POLICY_KEYS = ['policy', 'namespaces'] as const;
