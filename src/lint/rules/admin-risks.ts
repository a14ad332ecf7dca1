import type { KubernetesIdentity } from '../../authenticator/resolve-caller.ts';
import { groupBy } from '../../group-by.ts';
import { type Authorizer, distinctCallers } from '../../rbac/authorizer.ts';
import { bindingText, boundRoleText } from '../../rbac/model.ts';
import { type FoundRisk, risksOf, risksTogether, throughText } from '../../rbac/risks.ts';

/** The consequence of a finding about such permissions. */
export const CAN_TAKE_OVER = 'anyone who uses this entry can take over the cluster';

/** `has admin-equivalent permissions (cluster admin through ClusterRoleBinding ops)` */
export function adminText(risks: string): string {
  return `has ${adminPermissions(risks)}`;
}

/** Like `adminText`, for several subjects. */
export function haveAdminText(risks: string): string {
  return `have ${adminPermissions(risks)}`;
}

export function adminPermissions(risks: string): string {
  return `admin-equivalent permissions (${risks})`;
}

/** Each risk with the bindings that grant it; empty without risks. */
export function risksThrough(risks: readonly FoundRisk[]): string {
  return risks
    .map((found) => `${found.text} through ${throughText(found, ({ binding }) => bindingText(binding))}`)
    .join(', ');
}

/** Risks that a user's groups, policies and username have only in combination, for each possible session. */
export function combinedRisks(user: KubernetesIdentity, authorizer: Authorizer): FoundRisk[] {
  const { own, everybody, callers } = authorizer.rightsOf(user);
  // Names of different sessions belong to different people, so they don't add up.
  const sessions = distinctCallers(callers());
  const found = [[], ...sessions.map(({ roles }) => roles)].flatMap((ofSession) => {
    const all = [...own, ...ofSession, ...everybody];
    const byName = groupBy(all, ({ subject, binding }) =>
      subject.kind === 'AccessEntry' ? binding : JSON.stringify(subject),
    );
    const alone = [...byName.values()].flatMap((roles) => risksOf(roles, authorizer));
    // A role allows the same in a namespace through any binding.
    const byRole = [...groupBy(all, boundRoleText).values()].flatMap(([first]) => first ?? []);
    return risksTogether(byRole, alone, authorizer);
  });
  return [...groupBy(found, ({ text }) => text).values()].flatMap(([first]) => first ?? []);
}
