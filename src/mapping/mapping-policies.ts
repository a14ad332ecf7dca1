import {
  hasPublishedRules,
  isKnownPolicy,
  KNOWN_POLICIES,
  policyData,
  type StatedPolicy,
  shortPolicyName,
} from '../access-policy-names.ts';
import { type Finding, note, type Problem, warning } from '../errors.ts';
import type { Role } from '../inventory/model.ts';
import { didYouMean, isTypo, listed, printable, quoted } from '../text.ts';
import { type Mapping, mappingProblem } from './mapping.ts';

/**
 * The access policies of a role that several mappings reach. Unites namespaces in order, as groups are united. A policy
 * that only one of the mappings limits to namespaces is a problem: uniting the two would lift the limit.
 */
export function unitedPolicies(
  role: Role,
  mappings: readonly Mapping[],
  problems: Problem[],
): readonly StatedPolicy[] {
  const united = new Map<string, { readonly stated: StatedPolicy; readonly by: Mapping }>();
  for (const mapping of mappings)
    for (const stated of mapping.policies) {
      const before = united.get(stated.policy);
      if (!before) united.set(stated.policy, { stated, by: mapping });
      else if ((before.stated.namespaces === null) !== (stated.namespaces === null))
        problems.push(scopeConflict(role, [before.by, before.stated], [mapping, stated]));
      else united.set(stated.policy, { stated: withNamespaces(before.stated, stated), by: before.by });
    }
  return [...united.values()].map(({ stated }) => stated);
}

function withNamespaces(one: StatedPolicy, { namespaces }: StatedPolicy): StatedPolicy {
  if (one.namespaces === null || namespaces === null) return one;
  return { ...one, namespaces: [...new Set([...one.namespaces, ...namespaces])] };
}

type OfMapping = readonly [Mapping, StatedPolicy];

function scopeConflict(role: Role, one: OfMapping, other: OfMapping): Problem {
  const [, { policy }] = one;
  const [mapping] = other;
  const texts = [one, other].map(([{ origin }, stated]) => `${origin.text} grants it ${scopeText(stated)}`);
  const message = `conflicting scopes of access policy ${shortPolicyName(policy)} for ${role.roleArn}: ${texts.join(', ')}`;
  const help = `Set the same scope in both, or narrow one so that only the other matches permission set ${quoted(role.permissionSet)} there.`;
  return mappingProblem(mapping, message, help);
}

/** `cluster-wide`, `in payments, team-*` */
function scopeText({ namespaces }: StatedPolicy): string {
  return namespaces === null ? 'cluster-wide' : `in ${listed(namespaces.map(printable), 3)}`;
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
