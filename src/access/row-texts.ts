import { possibleAdminBy } from '../authenticator/groups.ts';
import { type BoundRole, boundRoleText, isPolicy, throughOf } from '../rbac/model.ts';
import type { Risk } from '../rbac/ways.ts';
import type { Rights } from './cluster-rights.ts';
import { EVERYBODY } from './labels.ts';
import type { WhoRow } from './who-rows.ts';

/**
 * @param isWhole true to include the binding and its subject, in addition to the role and its scope
 * @param isShown false for roles to leave out
 */
export function bindingTexts(
  row: WhoRow,
  isAboutRights: boolean,
  isWhole: boolean,
  isShown: (bound: BoundRole) => boolean = () => true,
): readonly string[] {
  const { rights, knowsBindings } = row;
  // Without bindings, only cluster admins and holders of access policies have known permissions.
  const admin = (rights ? rights.admin : possibleAdminBy(row)) ?? [];
  if (!isAboutRights && !knowsBindings) return [];
  if (!rights) return [admin].flat();
  return [...new Set([admin, rights.roles.filter(isShown).map(isWhole ? wholeText : boundRoleText)].flat())];
}

/** Like `bindingTexts`, each once, marked as everybody's. */
export function textsOfEverybody({ rights }: WhoRow, isWhole: boolean): readonly string[] {
  const texts = isWhole ? rights?.rolesOfEverybody.map(wholeText) : rights?.bindingsOfEverybody;
  return [...new Set(texts)].map((text) => EVERYBODY + text);
}

/** `ClusterRole/edit in payments (RoleBinding/devs, Group/developers)`, `AmazonEKSEditPolicy in team-*` */
function wholeText(bound: BoundRole): string {
  if (isPolicy(bound)) return boundRoleText(bound);
  const { binding, subject } = throughOf(bound);
  return `${boundRoleText(bound)} (${binding}, ${subject})`;
}

/** Codes of the risks, each once: several namespaces may have the same risk. */
export function riskCodes(risks: Rights['risks']): Risk[] {
  return [...new Set(risks.map(({ risk }) => risk))];
}

/** `RoleBinding/devs`, each once */
export function bindingNames({ rights }: WhoRow): readonly string[] {
  const own = rights?.roles.filter((one) => !isPolicy(one)).map((one) => throughOf(one).binding) ?? [];
  const ofEverybody = rights?.rolesOfEverybody.map((one) => EVERYBODY + throughOf(one).binding) ?? [];
  return [...new Set([...own, ...ofEverybody])];
}
