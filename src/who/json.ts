import { hasPublishedRules, policyData } from '../access-policy.ts';
import { policyName } from '../eks.ts';
import { type BoundRole, throughOf } from '../rbac/model.ts';
import { riskCodes } from './row-texts.ts';
import { rowsOf, type Shown, type WhoRow } from './rows.ts';

/** The rows as objects of `-o json`. */
export function* jsonRows(shown: Shown): Generator<object> {
  for (const row of rowsOf(shown)) yield jsonOf(row, shown.asked !== null);
}

/** @param isAboutRights true with --can */
export function jsonOf(whole: WhoRow, isAboutRights: boolean) {
  const { note: _, routes: _routes, way: _way, rights, knowsBindings, answersOf, ...rest } = whole;
  const row = {
    ...rest,
    kubernetesDataDate: rest.kubernetesDataDate ?? null,
    // When AWS published the rules of the policies.
    policyDataDate: rest.policies.length === 0 ? null : policyData().date,
  };
  if (!rights) {
    const none = { bindings: null, risks: null, bindingsOfEverybody: null, risksOfEverybody: null };
    return { ...row, ...none, through: isAboutRights ? [] : null, ...(isAboutRights && { can: [] }) };
  }
  const throughRole = (bound: BoundRole, ofEverybody: boolean) => {
    return { ...throughOf(bound), ofEverybody, ...(isAboutRights && { can: answersOf(bound) }) };
  };
  const bindings = isAboutRights
    ? [...new Set([...rights.bindings, ...rights.bindingsOfEverybody])]
    : rights.bindings;
  const risks = riskCodes(rights.risks);
  // No known risk isn't the same as no risk, if bindings or a policy's rules are unknown.
  const isPublished = row.policies.every((policy) => hasPublishedRules(policyName(policy)));
  const mayHaveMore = row.access !== 'none' && !(knowsBindings && isPublished);
  return {
    ...row,
    // Without RBAC manifests, a list of access policies alone would seem complete.
    bindings: !knowsBindings && (!isAboutRights || bindings.length === 0) ? null : bindings,
    risks: mayHaveMore && risks.length === 0 ? null : risks,
    bindingsOfEverybody: knowsBindings ? rights.bindingsOfEverybody : null,
    risksOfEverybody: knowsBindings ? riskCodes(rights.risksOfEverybody) : null,
    ...(isAboutRights && { can: rights.can }),
    through: [
      ...rights.roles.map((bound) => throughRole(bound, false)),
      ...rights.rolesOfEverybody.map((bound) => throughRole(bound, true)),
    ],
  };
}
