import * as v from 'valibot';
import { groupsRefusal } from '../access-entry/left-out.ts';
import {
  hasPublishedRules,
  isKnownPolicy,
  KNOWN_POLICIES,
  MAPPABLE_POLICIES,
  namespaceProblem,
  POLICY_ITEM,
  policyData,
  policyNameProblem,
  type StatedPolicy,
  shortPolicyName,
} from '../access-policy.ts';
import { groupsText } from '../aws-auth/groups.ts';
import { type AccountSelector, parseAccountSelector } from '../directory/account-selector.ts';
import { Failure, type Finding, type Location, note, type Problem, warning } from '../errors.ts';
import { DEFAULT_USERNAME, USERNAME_OF_EKS } from '../map-entry.ts';
import { didYouMean, isTypo, listed, printable, quoted } from '../text.ts';
import { mappingSchema } from './config-schema.ts';
import { readPolicies } from './policies-schema.ts';
import {
  type PermissionSetSelector,
  type PrincipalSelector,
  parsePermissionSetSelector,
  parsePrincipalSelector,
} from './selector.ts';

/** A user's rule: which permission sets, in which accounts, get which username, groups and access policies. */
export interface Mapping {
  readonly selector: PermissionSetSelector;
  /** Null: the default scope. */
  readonly accounts: readonly AccountSelector[] | null;
  /** Only in accounts where this principal is assigned. */
  readonly assignedTo: PrincipalSelector | null;
  /** Null: not set. */
  readonly username: string | null;
  /** Empty if it has policies only. */
  readonly groups: readonly string[];
  /** For access entries alone. */
  readonly policies: readonly StatedPolicy[];
  /** ClusterRoles for each of the groups; namespaces null: the whole cluster. */
  readonly bind: readonly { readonly role: string; readonly namespaces: readonly string[] | null }[];
  /** True if it may resolve to no role. */
  readonly optional: boolean;
  readonly origin: Origin;
}

/** Where a mapping comes from, for messages: its position in the config, or the flag. */
interface Origin {
  readonly text: string;
  readonly location?: Location;
}

/** A problem with a mapping, at its position in the config if it has one. */
export function mappingProblem({ origin }: Mapping, message: string, help: string): Problem {
  return { message, help, ...(origin.location ? { location: origin.location } : {}) };
}

/** @throws Failure (exit 2) with every mapping that aws-auth does not support */
export function requireForConfigMap(mappings: readonly Mapping[]): void {
  const problems = mappings.flatMap((mapping) => {
    const { origin } = mapping;
    const prefix = origin.location ? '' : `${origin.text}: `;
    return refusalsOfConfigMap(mapping).map(([message, help]) =>
      mappingProblem(mapping, `${prefix}${message}`, help),
    );
  });
  if (problems.length > 0) throw new Failure(2, problems);
}

/** Why aws-auth can't have what a mapping wants, each with the next step. */
function refusalsOfConfigMap({ username, groups, policies }: Mapping): [string, string][] {
  const names = policies.map(({ policy }) => shortPolicyName(policy));
  const refusals: [boolean, string, string][] = [
    [
      username === USERNAME_OF_EKS,
      `username ${quoted(USERNAME_OF_EKS)} makes EKS choose the username, which only works for access entries`,
      `Write a username for aws-auth, such as ${quoted(DEFAULT_USERNAME)}, or use this config only for \`aws-auth-sso access-entries\`.`,
    ],
    [
      groups.length === 0,
      `the mapping has access policies (${listed(names)}) but no groups, and aws-auth has no access policies`,
      'Add groups, which apply to aws-auth and access entries. Or create access entries with `aws-auth-sso access-entries`.',
    ],
  ];
  return refusals.flatMap(([isRefused, message, help]) => (isRefused ? [[message, help]] : []));
}

/** @throws Failure (exit 2) with every mapping that no access entry can grant */
export function requireForAccessEntries(mappings: readonly Mapping[]): void {
  const problems = mappings.flatMap((mapping) => {
    const refused = mapping.policies.length > 0 ? undefined : groupsRefusal(mapping.groups);
    if (!refused) return [];
    const { origin } = mapping;
    const prefix = origin.location ? '' : `${origin.text}: `;
    return [mappingProblem(mapping, `${prefix}${refused.reason}`, refused.help)];
  });
  if (problems.length > 0) throw new Failure(2, problems);
}

/** Converts a validated rule to a mapping. */
export function toMapping(input: v.InferOutput<typeof mappingSchema>, origin: Origin): Mapping {
  return {
    selector: parsePermissionSetSelector(input.permissionSet),
    accounts: input.accounts?.map(parseAccountSelector) ?? null,
    assignedTo: (input.assignedTo && parsePrincipalSelector(input.assignedTo)) || null,
    username: input.username ?? null,
    groups: input.groups ?? [],
    policies: readPolicies(input.policies ?? []),
    bind: (input.bind ?? []).map(({ role, namespaces = null }) => ({ role, namespaces })),
    optional: input.optional ?? false,
    origin,
  };
}

const HOW =
  'Write --map SELECTOR=GROUP[,GROUP…], for example --map ReadOnly=viewers. A group with a comma or = in its name needs a config file.';

const HOW_TO_NAME_POLICIES =
  "Write policy:NAME or policy:NAME@NAMESPACE+NAMESPACE, for example --map 'Developer=policy:Edit@team-*+payments'. A group whose name starts with policy: needs a config.";

/** Looks like `policy:` to a reader, but would be a group. */
const ALMOST_A_POLICY = /^\s*(?:access-?)?polic(?:y|ies)\s*:/i;

/**
 * Why a group was probably meant as a policy, such as `Edit` or `edit@team-*`, or, next to a policy, as a pattern of
 * namespaces; undefined if it is a group. A group may well be called `edit`, but not `Edit`.
 */
function policyHint(group: string, hasPolicies: boolean): string | undefined {
  const [name = '', namespaces] = group.split('@', 2);
  const isScope = namespaces?.split('+').every((one) => namespaceProblem(one) === undefined) ?? false;
  const known = isScope
    ? MAPPABLE_POLICIES.find((one) => one.toLowerCase() === name.toLowerCase())
    : undefined;
  const policy = policyNameProblem(name) === undefined ? name : known;
  if (policy !== undefined && (isScope || namespaces === undefined)) {
    const scope = isScope ? `@${namespaces}` : '';
    return `Did you mean ${POLICY_ITEM}${printable(policy)}${scope}? A Kubernetes group of that name needs a config.`;
  }
  const isAlmost =
    ALMOST_A_POLICY.test(group) || (hasPolicies && namespaces === undefined && group.endsWith('*'));
  return isAlmost ? HOW_TO_NAME_POLICIES : undefined;
}

/** Notes on groups of --map that may have been meant as namespaces of the policy before them. */
export function groupNotes(mappings: readonly Mapping[]): Finding[] {
  return mappings.flatMap(({ groups, policies, origin }): Finding[] => {
    const isLimited = policies.some(({ namespaces }) => namespaces !== null);
    const meant = groups.filter((group) => namespaceProblem(group) === undefined);
    if (!isLimited || meant.length === 0) return [];
    const message = `${origin.text}: ${groupsText(meant)} ${meant.length === 1 ? 'is a Kubernetes group' : 'are Kubernetes groups'}`;
    return [
      note('map-group', message, { help: 'Join the namespaces of a policy with +, not with a comma.' }),
    ];
  });
}

/**
 * Parses `--map SELECTOR=GROUP[,GROUP…]` flags, split at the last `=`, as if they were rules in a config. An item that
 * starts with `policy:` is an access policy.
 * @throws Failure (exit 2) with all problems
 */
export function parseMapFlags(flags: readonly string[], username: string | undefined): Mapping[] {
  const problems: Problem[] = [];
  const mappings = flags.flatMap((flag) => {
    const origin = { text: `--map ${quoted(flag)}` };
    if (!flag.includes('=')) {
      problems.push({
        message: `${origin.text} has no "=" between the permission set and its groups`,
        help: HOW,
      });
      return [];
    }
    const parts = partsOf(flag);
    for (const group of parts.groups ?? []) {
      const help = policyHint(group, parts.policies !== undefined);
      const message = `${origin.text}: ${quoted(group)} would be a Kubernetes group, not an access policy`;
      if (help !== undefined) problems.push({ message, help });
    }
    const result = v.safeParse(mappingSchema, {
      ...parts,
      ...(username === undefined ? {} : { username }),
    });
    for (const { path, message } of result.issues ?? []) {
      const field = path?.[0]?.key;
      const help =
        field === 'username' ? 'Change --username.' : field === 'policies' ? HOW_TO_NAME_POLICIES : HOW;
      problems.push({ message: `${origin.text}: ${message}`, help });
    }
    return result.success ? [toMapping(result.output, origin)] : [];
  });
  if (problems.length > 0) throw new Failure(2, problems);
  return mappings;
}

/** The flag as a mapping of a config. */
function partsOf(flag: string): v.InferInput<typeof mappingSchema> {
  const split = flag.lastIndexOf('=');
  const items = flag.slice(split + 1).split(',');
  const isPolicy = (item: string) => item.startsWith(POLICY_ITEM);
  const groups = items.filter((item) => !isPolicy(item));
  // `policy:NAME[@NAMESPACE[+NAMESPACE…]]`
  const policies = items.filter(isPolicy).map((item) => {
    const [policy = '', ...scope] = item.slice(POLICY_ITEM.length).split('@');
    return scope.length === 0 ? { policy } : { policy, namespaces: scope.join('@').split('+') };
  });
  return {
    permissionSet: flag.slice(0, split),
    ...(groups.length > 0 ? { groups } : {}),
    ...(policies.length > 0 ? { policies } : {}),
  };
}

/** Findings on policies with unknown rules, one for each policy. */
export function policyFindings(mappings: readonly Mapping[]): Finding[] {
  const first = new Map<string, Mapping>();
  for (const mapping of mappings)
    for (const { policy } of mapping.policies) if (!first.has(policy)) first.set(policy, mapping);
  return [...first].flatMap(
    ([
      policy,
      {
        origin: { location },
      },
    ]): Finding[] => {
      if (hasPublishedRules(policy)) return [];
      if (isKnownPolicy(policy)) {
        const message = `AWS doesn't publish the rules of access policy ${policy}, so its permissions are unknown`;
        return [note('policy-rules-unknown', message, { location })];
      }
      const message = `access policy ${policy} is newer than this version's data of ${policyData().namesDate}, or doesn't exist, so its permissions are unknown`;
      const near = didYouMean(
        policy,
        KNOWN_POLICIES.filter((known) => isTypo(policy, known)),
      );
      const help = `${near === undefined ? '' : `${near}\n`}To see whether EKS has it: aws eks list-access-policies`;
      return [warning('unknown-policy', message, { location, help })];
    },
  );
}
