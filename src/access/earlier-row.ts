import type { BoundRole } from '../rbac/model.ts';
import { boundRoleText } from '../rbac/model.ts';
import { RISKS, type Risk } from '../rbac/ways.ts';
import type { Rights } from './cluster-rights.ts';
import type { JsonEntry, JsonGrant, JsonRow } from './read-who-json.ts';
import { knowsBindings } from './row-differences.ts';
import { OF_EVERYBODY } from './way.ts';
import type { AdminRoute, WhoRow } from './who-rows.ts';

type Through = NonNullable<JsonGrant['through']>[number];

/** Makes rows of an earlier run look like those of this run, as far as its JSON says what they granted. */
export class EarlierRows {
  private readonly grants = new Map<JsonGrant, EarlierGrant>();

  /** @param cluster its name and ARN in this run */
  rowOf(row: JsonRow, cluster: Pick<JsonEntry, 'cluster' | 'clusterArn'>): WhoRow {
    const { principal, via, entry, grant, auditUsername = null } = row;
    const known = this.grants.get(grant) ?? new EarlierGrant(grant);
    this.grants.set(grant, known);
    const { cluster: _name, clusterArn: _arn, ...ofEntry } = entry;
    return {
      ...ofEntry,
      ...cluster,
      principal,
      via,
      access: grant.access ?? 'granted',
      reason: grant.reason === 'account-access' ? grant.reason : null,
      note: known.note,
      rights: known.rights,
      knowsBindings: knowsBindings(row),
      answersOf: (bound) => known.answersOf(bound),
      auditUsername,
      routes: known.routes,
      way: null,
    };
  }
}

/** Shared by all rows with the same permissions. */
class EarlierGrant {
  readonly rights: Rights | null;
  readonly routes: readonly AdminRoute[];
  readonly note: string;
  private readonly answers = new Map<BoundRole, readonly string[]>();

  constructor(grant: JsonGrant) {
    const all = (grant.through ?? []).map((through) => ({ through, bound: boundRoleOf(through) }));
    for (const { through, bound } of all) this.answers.set(bound, through.can ?? []);
    const rolesOf = (ofEverybody: boolean) =>
      all.filter(({ through }) => through.ofEverybody === ofEverybody).map(({ bound }) => bound);
    const [roles, rolesOfEverybody] = [rolesOf(false), rolesOf(true)];
    const texts = new Set([...roles, ...rolesOfEverybody].map(boundRoleText));
    const admin = grant.bindings?.find((text) => !texts.has(text)) ?? null;
    const own = [...new Set(roles.map(boundRoleText))];
    const through = admin ?? (own.length === 1 ? (own[0] ?? '') : '');
    this.routes = routesOf(grant.risks ?? [], through);
    const ofEverybody = routesOf(grant.risksOfEverybody ?? [], '');
    this.note = [
      ...this.routes.map(({ text }) => text),
      ...ofEverybody.map(({ text }) => OF_EVERYBODY + text),
    ].join('; ');
    this.rights = grant.through
      ? {
          admin,
          can: grant.can ?? [],
          roles,
          rolesOfEverybody,
          bindings: admin === null ? own : [admin, ...own],
          bindingsOfEverybody: grant.bindingsOfEverybody ?? [...new Set(rolesOfEverybody.map(boundRoleText))],
          risks: this.routes.map((route) => ({ ...route, isTogether: false })),
          risksOfEverybody: ofEverybody.map((route) => ({ ...route, isTogether: false })),
          forNames: [],
          returning: [],
        }
      : null;
  }

  answersOf(bound: BoundRole): readonly string[] {
    return this.answers.get(bound) ?? [];
  }
}

/** Risks that this version doesn't know are left out. */
function routesOf(codes: readonly string[], through: string): AdminRoute[] {
  return codes.filter(isRisk).map((risk) => ({ risk, text: RISKS[risk], through }));
}

function isRisk(code: string): code is Risk {
  return Object.hasOwn(RISKS, code);
}

/** A grant of a role, whose rules JSON doesn't have. */
function boundRoleOf({ role, binding, namespace, subject }: Through): BoundRole {
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
