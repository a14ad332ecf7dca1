import {
  type AccessPolicy,
  entryTemplates,
  isClusterAdminPolicy,
  isForPeople,
  policyText,
} from '../../access-entry.ts';
import type { ExistingAccessEntry } from '../../inventory/model.ts';
import { boundPolicy } from '../../rbac/access-policies.ts';
import { type Authorizer, withoutRbac } from '../../rbac/authorizer.ts';
import { kubernetesMinor } from '../../rbac/kubernetes-version.ts';
import { awsAuthState, isPolicy } from '../../rbac/model.ts';
import { risksOf, risksText } from '../../rbac/risks.ts';
import { printable } from '../../text.ts';
import { type Detection, rule } from '../rule.ts';
import {
  adminPermissions,
  CAN_TAKE_OVER,
  combinedRisks,
  haveAdminText,
  risksThrough,
} from './admin-risks.ts';

/** Silent about policies whose rules are unknown: the command warns about those that are newer than its data. */
export const adminByPolicy = rule({
  name: 'admin-by-policy',
  severity: 'warning',
  summary:
    "An access policy makes an access entry's callers cluster admin without AmazonEKSClusterAdminPolicy. It grants permissions that are one step away from cluster admin, such as reading the secrets of kube-system. With --rbac, also considers powerful service accounts in other namespaces, and policies and bindings together. Needs --cluster.",
  consequence: CAN_TAKE_OVER,
  help: 'Limit the policy to namespaces without powerful service accounts (kube-system has many), or associate another one, unless intentional.',
  *detectInCluster(context) {
    const state = awsAuthState(context.awsAuth !== null, context.mode);
    const version = kubernetesMinor(context.eks?.version);
    const authorizer = context.rbac ?? withoutRbac(version).withAwsAuth(state);
    for (const entry of context.livingEntries) {
      if (!isForPeople(entry) || entry.policies.some(isClusterAdminPolicy)) continue;
      for (const policy of entry.policies) yield* adminPolicy(entry, policy, authorizer);
      yield* adminTogether(entry, authorizer);
    }
  },
});

function* adminPolicy(
  { principalArn }: ExistingAccessEntry,
  policy: AccessPolicy,
  authorizer: Authorizer,
): Generator<Detection> {
  const risks = risksText(boundPolicy(policy), authorizer);
  if (risks === '') return;
  yield {
    what: printable(`access entry ${principalArn}: ${policyText(policy)} grants ${adminPermissions(risks)}`),
  };
}

/** Risks of an entry's policies with each other, or with the bindings of its names. */
function* adminTogether(entry: ExistingAccessEntry, authorizer: Authorizer): Generator<Detection> {
  if (entry.policies.length === 0) return;
  const user = { ...entryTemplates(entry), policies: entry.policies };
  const alone = entry.policies.flatMap((policy) => risksOf(boundPolicy(policy), authorizer));
  const known = new Set(alone.map(({ text }) => text));
  const found = combinedRisks(user, authorizer).filter(
    ({ text, through, others }) => !known.has(text) && [through, ...others].some(isPolicy),
  );
  if (found.length === 0) return;
  const name = `access entry ${printable(entry.principalArn)}`;
  yield {
    what: `${name}: its policies and groups together ${haveAdminText(risksThrough(found))}`,
    help: 'Limit a policy to fewer namespaces, or remove one of them or a binding, unless intentional.',
  };
}
