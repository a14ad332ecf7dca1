import { type BoundRole, GET_RBAC, isPolicy } from '../../../rbac/model.ts';
import { listed } from '../../../text.ts';
import type { WhoRow } from '../../../who/rows.ts';
import { principalKindText } from '../../../who/way.ts';
import { accountTextIn } from '../../columns.ts';
import type { PageRows } from '../../decode.ts';
import { SUBJECT_TEXTS } from '../../texts.ts';
import { element } from '../dom.ts';

/** The ID of the heading of what a person can do. */
export const PERSON_TITLE = 'person-rights-title';

/** `user`, `group`, `deleted user`, `IAM role` … */
export function principalKind(principal: WhoRow['principal']): string {
  const kind = principalKindText(principal);
  return principal.name === null ? `deleted ${kind}` : kind;
}

/** `Admin in prod`; without a permission set, the ARN of the entry. */
export function placeText(rows: PageRows, entry: number): string {
  const { permissionSet, rolearn, source, ...row } = rows.entry(entry);
  const account = accountTextIn(rows)(row);
  if (permissionSet !== null) return `${permissionSet} in ${account}`;
  if (source === 'binding') return 'bindings';
  return rolearn === '' ? `account ${account}` : rolearn;
}

/** The name of a cluster, or of its file. */
export function clusterName(rows: PageRows, entry: number): string {
  const { cluster, clusterIndex } = rows.entry(entry);
  const file = clusterIndex === null ? null : rows.data.clusters[clusterIndex]?.file;
  return cluster ?? file?.name ?? 'unknown cluster';
}

/** How a principal is assigned: `directly and through group Platform`; empty for a group and outside Identity Center. */
export function viaText(vias: readonly (string | null)[]): string {
  const groups = vias.filter((via) => via !== null);
  if (groups.length === 0) return '';
  const through = `through ${groups.length === 1 ? 'group' : 'groups'} ${listed(groups, 3)}`;
  return groups.length === vias.length ? through : `directly and ${through}`;
}

/** `RoleBinding devs to group developers` */
export function boundByText(bound: BoundRole): string {
  const { binding, subject } = bound;
  if (isPolicy(bound)) return 'access policy of an access entry';
  return `${binding.kind} ${binding.name} to ${SUBJECT_TEXTS[subject.kind]} ${subject.name}`;
}

/** Says what is unknown without the cluster's bindings, and how to make a page that has them. */
export function unknownBindingsNotice(text: string): HTMLElement {
  return element(
    'div',
    { class: 'notice warn' },
    element('p', {}, text),
    element('p', {}, 'To include them, save the output of this command, and make the page with --rbac FILE:'),
    element('code', {}, GET_RBAC),
  );
}
