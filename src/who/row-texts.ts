import { possibleAdminBy } from '../aws-auth/groups.ts';
import { type AccountName, shortName } from '../directory/model.ts';
import { groupBy } from '../group-by.ts';
import { type BoundRole, boundRoleText, isPolicy, throughOf } from '../rbac/model.ts';
import type { Risk } from '../rbac/ways-to-admin.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { Rights } from './cluster-rights.ts';
import type { WhoRow } from './rows.ts';
import { NOBODY_REASONS, OF_EVERYBODY, principalKindText } from './way.ts';

export const ACCESS_TEXTS = { granted: 'has access', none: 'no access', unknown: 'unknown' } as const;

export const SOURCE_TEXTS = {
  'aws-auth': 'aws-auth',
  'access-entry': 'access entry',
  binding: 'binding',
} as const;

/** The reasons of rows, as clauses for readers of a page. */
export const REASON_TEXTS: Readonly<Record<NonNullable<WhoRow['reason']>, string>> = {
  ...NOBODY_REASONS,
  deleted: 'was deleted from Identity Center',
  'access-policy': "can't tell: the rules of this access policy are unknown",
  'bindings-unknown': "can't tell without the cluster's RBAC manifests",
  'cluster-unknown': "can't tell: no --cluster matches this file",
  unreadable: "the cluster couldn't be read",
  'account-access': "more people may have this role through account access manager, which isn't read",
};

/** Unknown access without another reason. */
export const PEOPLE_UNREAD = "the people with this role weren't read";

/** The principal of a row; for an entry that grants nobody access, a placeholder without a kind. */
export function principalLabel(
  row: Pick<WhoRow, 'principal' | 'access' | 'permissionSet' | 'rolearn' | 'unread'>,
): { readonly name: string; readonly kind: string } | { readonly name: 'nobody' | '?'; readonly kind: null } {
  const { principal, access, permissionSet, rolearn, unread } = row;
  const { type, id, name } = principal;
  const shown = shortName(name ?? id);
  if (type !== 'GROUP' && type !== 'USER') {
    if (unread || (access === 'unknown' && permissionSet !== null)) return { name: '?', kind: null };
    if (access === 'none' && parseProvisionedRoleArn(rolearn)) return { name: 'nobody', kind: null };
  }
  return { name: shown, kind: principalKindText({ type }) };
}

/** Account names, which are shorter and clearer than IDs; the ID if two of the accounts share a name. */
export function accountTexts(
  accounts: Iterable<AccountName>,
): (row: Pick<WhoRow, 'accountId' | 'accountName'>) => string {
  const byName = groupBy(accounts, ({ name }) => name);
  return ({ accountId, accountName }) =>
    accountName === null || (byName.get(accountName)?.length ?? 0) > 1 ? accountId : shortName(accountName);
}

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
  return [...new Set(texts)].map((text) => OF_EVERYBODY + text);
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
