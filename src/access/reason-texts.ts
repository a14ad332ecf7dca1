import { NOBODY_REASONS } from './nobody-reasons.ts';
import type { WhoRow } from './who-rows.ts';

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
