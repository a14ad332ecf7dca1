import * as v from 'valibot';
import { clusterAdminBy, possibleAdminBy } from '../../aws-auth/groups.ts';
import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { RISKS, type Risk } from '../../rbac/ways-to-admin.ts';
import type { Rights } from '../cluster-rights.ts';
import { REASON_TEXTS } from '../row-texts.ts';
import type { AdminRoute, WhoRow } from '../rows.ts';
import { type ComparedRun, clusterKey, roleOfArn } from './run.ts';

const strings = v.array(v.string());
const text = v.nullable(v.string());
/** Without codes that this version doesn't know. */
const risks = v.pipe(
  strings,
  v.transform((codes) => codes.filter((code): code is Risk => Object.hasOwn(RISKS, code))),
);

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

const rowSchema = v.object({
  principal: principalSchema,
  via: text,
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
  access: v.picklist(['granted', 'none', 'unknown']),
  // A reason that this version doesn't know says nothing.
  reason: v.fallback(
    v.nullable(v.picklist(Object.keys(REASON_TEXTS) as (keyof typeof REASON_TEXTS)[])),
    null,
  ),
  cluster: text,
  clusterArn: text,
  unread: v.nullable(v.object({ region: v.string(), cause: v.string(), detail: v.string() })),
  asOf: text,
  kubernetesVersion: text,
  auditUsername: text,
  bindings: v.nullable(strings),
  risks: v.nullable(risks),
  bindingsOfEverybody: v.nullable(strings),
  risksOfEverybody: v.nullable(risks),
  can: v.optional(strings),
});

type JsonRow = v.InferOutput<typeof rowSchema>;

/**
 * Reads the output of `who -o json`.
 * @returns why it can't be read, if it is something else
 */
export function runOfJson(source: string): ComparedRun | string {
  let read: unknown;
  try {
    read = JSON.parse(source);
  } catch {
    return source.trim() === '' ? 'the file is empty' : `${NO_RUN}, or incomplete`;
  }
  const parsed = v.safeParse(v.array(rowSchema), read, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const [row, ...fields] = (issue.path ?? []).map(({ key }) => String(key));
    const what = issue.received === 'undefined' ? 'is missing' : 'is invalid';
    return row === undefined ? NO_RUN : `${NO_RUN}: row ${Number(row) + 1}: ${fields.join('.')} ${what}`;
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

const NO_RUN = 'not a page or the output of who -o json';

/** @throws ValiError if it is no row of `-o json` */
export function rowOfJson(row: unknown): WhoRow {
  return rowOf(v.parse(rowSchema, row));
}

/** True if members of groups are listed (--expand, --can): one of them has the permissions of the group. */
function listsMembers(rows: readonly WhoRow[]): boolean {
  const keyOf = (row: WhoRow, group: string | null) =>
    `${clusterKey(row)}\n${roleOfArn(row.rolearn)}\n${group}`;
  const groups = rows.filter(({ principal }) => principal.type === 'GROUP');
  const rights = new Map(groups.map((row) => [keyOf(row, row.principal.name), row.rights]));
  return rows.some((row) => row.via !== null && rights.get(keyOf(row, row.via)) === row.rights);
}

function rowOf(row: JsonRow): WhoRow {
  const { bindings, risks, bindingsOfEverybody, risksOfEverybody, can, ...rest } = row;
  // A person's session has the name of the person.
  const adminBy = row.principal.type === 'USER' ? clusterAdminBy : possibleAdminBy;
  const admin = row.access === 'none' ? null : adminBy(row);
  const through = admin ?? (bindings?.length === 1 ? (bindings[0] ?? '') : '');
  const routes: readonly Risk[] = risks ?? (admin === null ? [] : ['cluster-admin']);
  return {
    ...rest,
    rights: bindings || can ? rightsOf({ can, bindings, bindingsOfEverybody, risksOfEverybody }) : null,
    routes: routes.map((risk) => routeOf(risk)(through)),
    note: '',
    knowsBindings: row.kubernetesVersion !== null,
    answersOf: () => [],
    way: null,
  };
}

/** Permissions by their names: JSON has no rules. Shared by all rows that have the same. */
const rightsOf = memo(
  (row: Pick<JsonRow, 'can' | 'bindings' | 'bindingsOfEverybody' | 'risksOfEverybody'>): Rights => ({
    admin: null,
    can: row.can ?? [],
    bindings: row.bindings ?? [],
    bindingsOfEverybody: row.bindingsOfEverybody ?? [],
    risks: [],
    risksOfEverybody: (row.risksOfEverybody ?? []).map((risk) => ({
      ...routeOf(risk)(''),
      isTogether: false,
    })),
    roles: [],
    rolesOfEverybody: [],
    forNames: [],
    returning: [],
  }),
  (row) => JSON.stringify(row),
);

const routeOf = memo((risk: Risk) =>
  memo((through: string): AdminRoute => ({ risk, text: RISKS[risk], through })),
);
