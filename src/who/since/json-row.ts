import { memo } from '../../memo.ts';
import { type BoundRole, boundRoleText } from '../../rbac/model.ts';
import { RISKS, type Risk } from '../../rbac/ways-to-admin.ts';
import type { Rights } from '../cluster-rights.ts';
import { jsonOf } from '../json.ts';
import type { AdminRoute, WhoRow } from '../rows.ts';
import { type HeldEntry, OF_EVERYBODY } from '../way.ts';
import type { RunRow } from './compare-clusters.ts';
import type { JsonEntry, JsonGrant, JsonRow } from './read-json.ts';
import { knowsBindings } from './row-differences.ts';

/**
 * Makes the rows of this run look as `-o json` has them, to compare them with an earlier run's; rows share their parts.
 * @param isAboutRights true with --can
 * @returns a function of a row and its index among all rows
 */
export function jsonRowMaker(isAboutRights: boolean): (row: WhoRow, index: number) => RunRow {
  const principalOf = memo(
    ({ principal }: WhoRow) => principal,
    ({ principal: { type, id, name } }) => `${type} ${id} ${name}`,
  );
  const ofEntry = (first: WhoRow) => {
    const grantOf = memo((_rights: Rights | null) =>
      memo(
        (row: WhoRow): JsonGrant => jsonOf(row, isAboutRights),
        ({ access, reason }) => `${access} ${reason}`,
      ),
    );
    return { entry: jsonEntryOf(first), grantOf };
  };
  const ofCluster = memo((_entry: HeldEntry['entry']) =>
    memo(ofEntry, ({ cluster, clusterArn }) => `${cluster} ${clusterArn}`),
  );
  return (row, index) => {
    // Without an entry, there is nothing to share.
    const { entry, grantOf } = row.way ? ofCluster(row.way.entry)(row) : ofEntry(row);
    const { via, auditUsername } = row;
    return {
      principal: principalOf(row),
      via,
      entry,
      grant: grantOf(row.rights)(row),
      auditUsername,
      index,
    };
  };
}

function jsonEntryOf(row: WhoRow): JsonEntry {
  const { accountId, accountName, permissionSet, rolearn, username, groups, source, policies } = row;
  const { cluster, clusterArn, unread, asOf, kubernetesVersion } = row;
  return {
    accountId,
    accountName,
    permissionSet,
    rolearn,
    username,
    groups,
    source,
    policies,
    cluster,
    clusterArn,
    unread,
    asOf,
    kubernetesVersion,
  };
}

/**
 * Makes a row of an earlier run look like those of this run, as far as its JSON says what it granted.
 * @param cluster its name and ARN in this run
 */
export function earlierRow(row: JsonRow, cluster: Pick<JsonEntry, 'cluster' | 'clusterArn'>): WhoRow {
  const { principal, via, entry, grant, auditUsername = null } = row;
  const { answers, ...known } = earlierGrant(grant);
  const { cluster: _name, clusterArn: _arn, ...ofEntry } = entry;
  return {
    ...ofEntry,
    ...cluster,
    ...known,
    principal,
    via,
    access: grant.access ?? 'granted',
    reason: grant.reason === 'account-access' ? grant.reason : null,
    knowsBindings: knowsBindings(row),
    answersOf: (bound) => answers.get(bound) ?? [],
    auditUsername,
    way: null,
  };
}

/** Shared by all rows with the same permissions. */
const earlierGrant = memo((grant: JsonGrant) => {
  const all = (grant.through ?? []).map((through) => ({ through, bound: boundRoleOf(through) }));
  const answers = new Map(all.map(({ through, bound }) => [bound, through.can ?? []] as const));
  const rolesOf = (ofEverybody: boolean) =>
    all.filter(({ through }) => through.ofEverybody === ofEverybody).map(({ bound }) => bound);
  const [roles, rolesOfEverybody] = [rolesOf(false), rolesOf(true)];
  const texts = new Set([...roles, ...rolesOfEverybody].map(boundRoleText));
  const admin = grant.bindings?.find((text) => !texts.has(text)) ?? null;
  const own = [...new Set(roles.map(boundRoleText))];
  const routes = routesOf(grant.risks ?? [], admin ?? (own.length === 1 ? (own[0] ?? '') : ''));
  const ofEverybody = routesOf(grant.risksOfEverybody ?? [], '');
  const rights: Rights | null = grant.through
    ? {
        admin,
        can: grant.can ?? [],
        roles,
        rolesOfEverybody,
        bindings: admin === null ? own : [admin, ...own],
        bindingsOfEverybody: grant.bindingsOfEverybody ?? [...new Set(rolesOfEverybody.map(boundRoleText))],
        risks: routes.map((route) => ({ ...route, isTogether: false })),
        risksOfEverybody: ofEverybody.map((route) => ({ ...route, isTogether: false })),
        forNames: [],
        returning: [],
      }
    : null;
  const notes = [...routes.map(({ text }) => text), ...ofEverybody.map(({ text }) => OF_EVERYBODY + text)];
  return { rights, routes, note: notes.join('; '), answers };
});

/** Risks that this version doesn't know are left out. */
function routesOf(codes: readonly string[], through: string): AdminRoute[] {
  const isRisk = (code: string): code is Risk => Object.hasOwn(RISKS, code);
  return codes.filter(isRisk).map((risk) => ({ risk, text: RISKS[risk], through }));
}

/** A grant of a role, whose rules JSON doesn't have. */
function boundRoleOf({
  role,
  binding,
  namespace,
  subject,
}: NonNullable<JsonGrant['through']>[number]): BoundRole {
  const [roleKind, roleName] = kindAndName(role);
  const [bindingKind, bindingName] = kindAndName(binding);
  const [subjectKind, subjectName] = kindAndName(subject);
  const ofRole = { kind: oneOf(ROLES, roleKind), name: roleName };
  const bound = { kind: oneOf(SUBJECTS, subjectKind), name: subjectName, namespace: null };
  return {
    role: { ...ofRole, namespace: ofRole.kind === 'Role' ? namespace : null, rules: [], location: null },
    binding: {
      kind: oneOf(BINDINGS, bindingKind),
      name: bindingName,
      namespace,
      roleRef: ofRole,
      subjects: [bound],
      location: null,
    },
    subject: bound,
  };
}

const ROLES = ['ClusterRole', 'Role', 'AccessPolicy'] as const;
const BINDINGS = ['ClusterRoleBinding', 'RoleBinding', 'AccessPolicy'] as const;
const SUBJECTS = ['Group', 'User', 'ServiceAccount', 'AccessEntry'] as const;

/** The kind that a text names; the first if it names none of them. */
function oneOf<const Kind extends string>(kinds: readonly [Kind, ...Kind[]], named: string): Kind {
  return kinds.find((kind) => kind === named) ?? kinds[0];
}

/** `RoleBinding/devs`; an access entry has no name. */
function kindAndName(text: string): readonly [kind: string, name: string] {
  const slash = text.indexOf('/');
  return slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)];
}
