import * as v from 'valibot';
import { possibleAdminBy } from '../../aws-auth/groups.ts';
import { refusal } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { type BoundRole, boundRoleText } from '../../rbac/model.ts';
import { RISKS, type Risk } from '../../rbac/ways-to-admin.ts';
import type { Rights } from '../cluster-rights.ts';
import { REASON_TEXTS } from '../row-texts.ts';
import type { AdminRoute, WhoRow } from '../rows.ts';
import { grantedTo, OF_EVERYBODY } from '../way.ts';
import { clusterKey, type Run, roleKey } from './run.ts';

const strings = v.array(v.string());
const text = v.nullable(v.string());

export const principalSchema = v.object({
  type: v.picklist([
    'USER',
    'GROUP',
    'IAM_ROLE',
    'IAM_USER',
    'ACCOUNT',
    'KUBERNETES_GROUP',
    'KUBERNETES_USER',
    'SERVICE_ACCOUNT',
  ]),
  id: v.string(),
  name: text,
});

const REASONS = Object.keys(REASON_TEXTS) as (keyof typeof REASON_TEXTS)[];

/** Fields that all rows of an entry share. */
export const entrySchema = {
  accountId: v.string(),
  accountName: text,
  permissionSet: text,
  rolearn: v.string(),
  username: v.string(),
  groups: strings,
  source: v.picklist(['aws-auth', 'access-entry', 'binding']),
  policies: v.array(
    v.object({
      policyArn: v.string(),
      scope: v.union([v.literal('cluster'), v.object({ namespaces: strings })]),
    }),
  ),
  cluster: text,
  clusterArn: text,
  unread: v.nullable(v.object({ region: v.string(), cause: v.string(), detail: v.string() })),
  asOf: text,
  kubernetesVersion: text,
};

export const accessSchema = {
  access: v.picklist(['granted', 'none', 'unknown']),
  // A reason that this version doesn't know says nothing.
  reason: v.fallback(v.nullable(v.picklist(REASONS)), null),
};

const rowSchema = v.object({
  ...entrySchema,
  ...accessSchema,
  principal: principalSchema,
  via: text,
  auditUsername: text,
  bindings: v.nullable(strings),
  risks: v.nullable(strings),
  risksOfEverybody: v.nullable(strings),
  can: v.optional(strings),
  through: v.nullable(
    v.array(
      v.object({
        role: v.string(),
        binding: v.string(),
        namespace: text,
        subject: v.string(),
        ofEverybody: v.boolean(),
        can: v.optional(strings),
      }),
    ),
  ),
});

const rowsSchema = v.array(rowSchema);

type JsonRow = v.InferOutput<typeof rowSchema>;

/**
 * Reads the output of `who -o json`.
 * @param file its name in messages
 * @throws Failure (exit 2) if it is something else
 */
export function runOfJson(source: string, file: string): Run {
  const read = jsonIn(source, file);
  const parsed = v.safeParse(rowsSchema, read, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const [row, ...fields] = (issue.path ?? []).map(({ key }) => String(key));
    const place = row === undefined ? 'the list of rows' : `row ${Number(row) + 1}: ${fields.join('.')}`;
    const what = issue.received === 'undefined' ? 'is missing' : 'is invalid';
    const message = `not the output of who -o json: ${place} ${what}`;
    throw refusal({ message, location: { file }, help: GIVE_PAGE });
  }
  const rows = parsed.output.map(rowOf);
  const clusters = groupBy(
    rows.filter(({ unread }) => unread === null),
    clusterKey,
  );
  return {
    rows,
    clusters: [...clusters.values()].flatMap((own) => {
      const [{ cluster: name, clusterArn: arn } = { cluster: null, clusterArn: null }] = own;
      const knowsAwsAuth = arn === null || own.some((row) => row.source === 'aws-auth');
      return { name, arn, knowsAwsAuth, knowsBindings: own.some((row) => row.knowsBindings) };
    }),
    isExpanded: listsMembers(rows),
    asOf: rows.find((row) => row.asOf !== null)?.asOf ?? null,
    asked: parsed.output.some(({ can }) => can) ? parsed.output.flatMap(({ can = [] }) => can) : null,
  };
}

/** The next step for a file that isn't an earlier run. */
export const GIVE_PAGE =
  'Give a page that `aws-auth-sso who … -o html > FILE` wrote with the other options of this run, or its -o json.';

function jsonIn(source: string, file: string): unknown {
  const start = source.slice(0, 500).trimStart();
  const other = OTHER_FILES.find(({ pattern }) => pattern.test(start));
  try {
    if (!other) return JSON.parse(source);
  } catch (error) {
    const message =
      start === '' ? 'the file is empty' : 'not a page or the output of who -o json, or incomplete';
    throw refusal({ message, location: { file }, help: GIVE_PAGE }, error);
  }
  throw refusal({
    message: `not a page or the output of who -o json, but ${other.what}`,
    location: { file },
    help: GIVE_PAGE,
  });
}

/** Files that users may pass instead, by how they start. */
const OTHER_FILES: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^\{\s*"version"/, what: 'a snapshot' },
  { pattern: /^\{\s*"(?:apiVersion|kind|items|metadata)"|^apiVersion:/, what: 'a Kubernetes manifest' },
];

/** True if members of groups are listed (--expand, --can): one of them has the permissions of the group. */
function listsMembers(rows: readonly WhoRow[]): boolean {
  const keyOf = (row: WhoRow, group: string | null) => `${clusterKey(row)}\n${roleKey(row)}\n${group}`;
  const groups = rows.filter(({ principal }) => principal.type === 'GROUP');
  const rights = new Map(groups.map((row) => [keyOf(row, row.principal.name), row.rights]));
  return rows.some((row) => row.via !== null && rights.get(keyOf(row, row.via)) === row.rights);
}

function rowOf(row: JsonRow): WhoRow {
  const {
    bindings: _bindings,
    risks: _risks,
    risksOfEverybody: _everybodys,
    through,
    can: _can,
    ...rest
  } = row;
  const admin = row.access === 'none' || row.bindings ? null : possibleAdminBy(grantedTo(wayOf(row)));
  const { answers, ...grant } = grantOf({ row, admin });
  return {
    ...rest,
    ...grant,
    knowsBindings: row.kubernetesVersion !== null,
    answersOf: through?.some(({ can }) => can) ? (bound) => answers.get(bound) ?? [] : NO_ANSWERS,
    way: null,
  };
}

const NO_ANSWERS = () => [];

function wayOf({ source, rolearn: id, username, groups, policies, accountId, principal, access }: JsonRow) {
  const common = { id, arn: id, username, groups };
  const entry =
    source === 'access-entry'
      ? { ...common, source, policies }
      : ({ ...common, source: 'aws-auth' } as const);
  const { type, name } = principal;
  const person = type === 'USER' || type === 'GROUP' ? { type, id: principal.id, name, members: null } : null;
  return { entry, accountId, principal: person, status: access, isNode: false };
}

/** Permissions, shared by all rows that have the same. */
const grantOf = memo(
  ({ row, admin: byName }: { readonly row: JsonRow; readonly admin: string | null }) => {
    const all = (row.through ?? []).map((through) => ({ through, bound: boundRoleOf(through) }));
    const rolesOf = (ofEverybody: boolean) =>
      all.filter(({ through }) => through.ofEverybody === ofEverybody).map(({ bound }) => bound);
    const [roles, rolesOfEverybody] = [rolesOf(false), rolesOf(true)];
    const [own, everybodys] = [roles, rolesOfEverybody].map((some) => [...new Set(some.map(boundRoleText))]);
    const texts = new Set([...(own ?? []), ...(everybodys ?? [])]);
    const admin = byName ?? row.bindings?.find((text) => !texts.has(text)) ?? null;
    const routes =
      admin === null
        ? routesOf(row.risks ?? [], own?.length === 1 ? (own[0] ?? '') : '')
        : routesOf(['cluster-admin'], admin);
    const ofEverybody = routesOf(row.risksOfEverybody ?? [], '');
    const rights: Rights | null = row.through && {
      admin,
      can: row.can ?? [],
      roles,
      rolesOfEverybody,
      bindings: admin === null ? (own ?? []) : [admin, ...(own ?? [])],
      bindingsOfEverybody: everybodys ?? [],
      risks: routes.map((route) => ({ ...route, isTogether: false })),
      risksOfEverybody: ofEverybody.map((route) => ({ ...route, isTogether: false })),
      forNames: [],
      returning: [],
    };
    const notes = [...routes.map(({ text }) => text), ...ofEverybody.map(({ text }) => OF_EVERYBODY + text)];
    const answers = new Map(all.map(({ through, bound }) => [bound, through.can ?? []] as const));
    return { rights, routes, note: notes.join('; '), answers };
  },
  ({ row, admin }) =>
    JSON.stringify([admin, row.bindings, row.risks, row.risksOfEverybody, row.can, row.through]),
);

/** Risks that this version doesn't know are left out. */
function routesOf(codes: readonly string[], through: string): AdminRoute[] {
  const isRisk = (code: string): code is Risk => Object.hasOwn(RISKS, code);
  return codes.filter(isRisk).map((risk) => ({ risk, text: RISKS[risk], through }));
}

export const ROLE_KINDS = ['ClusterRole', 'Role', 'AccessPolicy'] as const;
export const BINDING_KINDS = ['ClusterRoleBinding', 'RoleBinding', 'AccessPolicy'] as const;
export const SUBJECT_KINDS = ['Group', 'User', 'ServiceAccount', 'AccessEntry'] as const;

/** A grant of a role, whose rules JSON doesn't have. */
function boundRoleOf({
  role,
  binding,
  namespace,
  subject,
}: NonNullable<JsonRow['through']>[number]): BoundRole {
  const ofRole = named(ROLE_KINDS, role);
  const bound = { ...named(SUBJECT_KINDS, subject), namespace: null };
  return {
    role: { ...ofRole, namespace: ofRole.kind === 'Role' ? namespace : null, rules: [], location: null },
    binding: {
      ...named(BINDING_KINDS, binding),
      namespace,
      roleRef: ofRole,
      subjects: [bound],
      location: null,
    },
    subject: bound,
  };
}

/** `RoleBinding/devs`; an access entry has no name. The first kind if the text has none of them. */
function named<const Kind extends string>(kinds: readonly [Kind, ...Kind[]], text: string) {
  const [kind, ...name] = text.split('/');
  return { kind: kinds.find((one) => one === kind) ?? kinds[0], name: name.join('/') };
}
