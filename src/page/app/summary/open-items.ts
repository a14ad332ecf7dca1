import { NOBODY_REASONS } from '../../../access/nobody-reasons.ts';
import type { WhoRow } from '../../../access/who-rows.ts';
import { RISKS, type Risk } from '../../../rbac/ways.ts';
import { compareStrings } from '../../../text.ts';
import type { PageRows } from '../../decode.ts';
import { PEOPLE_UNKNOWN, throughValue } from '../facets.ts';
import type { Selector } from '../selection.ts';
import type { View } from '../view.ts';
import { type Count, countOf, type Unit } from './counts.ts';

/** Something that may need a change, or that nobody knows. */
export interface OpenItem {
  readonly severity: 'danger' | 'warn' | 'quiet';
  readonly title: string;
  readonly text: string;
  readonly count: Count;
  /** The word before the parts, such as "Through"; empty for none. */
  readonly partsLabel: string;
  /** A breakdown. */
  readonly parts: readonly OpenPart[];
}

export interface OpenPart {
  readonly text: string;
  /** In a sentence; empty if the text says enough. */
  readonly means: string;
  readonly count: Count;
  /** The roles, groups and policies that bring it. */
  readonly through: readonly Pick<OpenPart, 'text' | 'count'>[];
}

const ADMIN = 'cluster-admin';

/** All that is open, the most severe first; all have a number above 0. */
export function openItems(page: { readonly rows: PageRows; readonly selector: Selector }): OpenItem[] {
  const { tables } = page.rows.data;
  const callers = (filters: View['filters']) => countOf(page, 'callers', filters);
  const risksOfEverybody = risksIn(tables.rights.flatMap((rights) => rights.risksOfEverybody));
  const route = { admin: ['route'] } as const;
  const risks = risksIn(tables.routes.flat()).filter((risk) => risk !== ADMIN);
  /** The roles, groups and policies that bring a risk. */
  const through = (risk: Risk, filters: View['filters']) => {
    const routes = tables.routes.flat().filter((one) => one.risk === risk);
    const byValue = new Map(routes.map((one) => [throughValue(one), one.through]));
    return Array.from(byValue, ([value, text]) => ({
      text,
      count: callers({ ...filters, through: [value] }),
    }));
  };
  const partOf = (risk: Risk, filters: View['filters']) => {
    return { text: RISKS[risk], means: RISK_MEANINGS[risk], count: callers(filters), through: [] };
  };
  const ofEverybody = (): OpenItem => ({
    severity: 'danger',
    title: 'Everyone with access could become cluster admin',
    text: 'Bindings grant these permissions to everyone who has access, whatever their groups.',
    count: callers({ everybody: risksOfEverybody }),
    partsLabel: 'Routes of everyone',
    parts: risksOfEverybody.map((risk) => partOf(risk, { everybody: [risk] })),
  });
  const items: readonly OpenItem[] = [
    // A filter without values would keep all rows.
    ...(risksOfEverybody.length > 0 ? [ofEverybody()] : []),
    {
      severity: 'danger',
      title: 'Cluster admins',
      text: `They ${RISK_MEANINGS[ADMIN]}`,
      count: callers({ risk: [ADMIN] }),
      partsLabel: 'Through',
      parts: through(ADMIN, {}).map((part) => ({ ...part, means: '', through: [] })),
    },
    {
      severity: 'danger',
      title: 'Could become cluster admin',
      text: "They aren't cluster admins, but each of these permissions is enough to become one.",
      count: callers(route),
      partsLabel: 'Routes',
      parts: risks.map((risk) => ({
        ...partOf(risk, { ...route, risk: [risk] }),
        through: through(risk, route),
      })),
    },
    ...uncertainItems(page),
  ];
  return items.filter(isFound).map((item) => {
    const parts = item.parts.filter(isFound);
    return { ...item, parts: parts.map((part) => ({ ...part, through: part.through.filter(isFound) })) };
  });
}

function isFound({ count }: { readonly count: Count }): boolean {
  return count.number > 0;
}

/** The greatest first. */
function risksIn(found: readonly { readonly risk: Risk }[]): readonly Risk[] {
  const known = new Set(found.map(({ risk }) => risk));
  return (Object.keys(RISKS) as Risk[]).filter((risk) => known.has(risk));
}

/** What wasn't read or isn't known, and entries and assignments that are left over. */
function uncertainItems(page: Parameters<typeof openItems>[0]): OpenItem[] {
  const { entries, grants } = page.rows.data.tables;
  const causes = new Set(entries.flatMap(({ unread }) => unread?.cause ?? []));
  const reasons = new Set(grants.map(({ reason }) => reason));
  const item = (
    severity: OpenItem['severity'],
    { title, text, unit }: { readonly title: string; readonly text: string; readonly unit: Unit },
    filters: View['filters'],
  ): OpenItem => ({
    severity,
    title,
    text,
    count: countOf(page, unit, filters),
    partsLabel: '',
    parts: [],
  });
  const withoutEffect = {
    title: 'Entries without effect',
    text: 'They grant nobody access. Remove those that are left over, and fix those that someone needs.',
    unit: 'entries',
  } as const;
  const text = "Clusters, or an account's clusters in a region, to which anyone may have access.";
  return [
    ...[...causes]
      .sort(compareStrings)
      .map((cause) =>
        item('warn', { title: `Not read: ${cause}`, text, unit: 'unread' }, { cause: [cause] }),
      ),
    ...Object.entries(UNKNOWN_REASONS).map(([reason, texts]) => item('warn', texts, { reason: [reason] })),
    {
      ...item('quiet', withoutEffect, { access: ['none'], reason: NOBODY }),
      partsLabel: 'Because',
      parts: NOBODY.filter((reason) => reasons.has(reason)).map((reason) => ({
        text: nobodyText(reason),
        means: '',
        count: countOf(page, 'entries', { access: ['none'], reason: [reason] }),
        through: [],
      })),
    },
    item(
      'quiet',
      {
        title: 'Deleted users and groups that are still assigned',
        text: 'They no longer have access, but Identity Center keeps their assignments.',
        unit: 'principals',
      },
      { reason: ['deleted'] },
    ),
  ];
}

/** Why it is unknown who has access, or what they may do. */
const UNKNOWN_REASONS = {
  [PEOPLE_UNKNOWN]: {
    title: "Roles whose people aren't known",
    text: "Who is assigned these permission sets wasn't read from AWS, so anyone might have these roles.",
    unit: 'entries',
  },
  'account-access': {
    title: 'Roles that more people may have',
    text: "Account access manager can assign these IAM roles to people. Who they are isn't read: its console lists them.",
    unit: 'entries',
  },
  'cluster-unknown': {
    title: 'Access that may not apply',
    text: "No cluster that was read matches the aws-auth file. A cluster's settings may override its entries.",
    unit: 'callers',
  },
  'bindings-unknown': {
    title: 'Permission unknown: no RBAC',
    text: "What their Kubernetes groups may do is unknown, because the cluster's roles and bindings weren't given.",
    unit: 'callers',
  },
  'access-policy': {
    title: 'Permission unknown: access policy without published rules',
    text: "AWS doesn't publish what their access policy allows. To check, run as one of them: kubectl auth can-i.",
    unit: 'callers',
  },
} as const;

/** Meanings of the risks for readers who don't know Kubernetes, as continuations of "They". */
export const RISK_MEANINGS: Readonly<Record<Risk, string>> = {
  'cluster-admin':
    'can do everything in the cluster: read every secret, run any program, grant anyone access.',
  'system-admin':
    "can do everything in kube-system, where the cluster's own programs run, and take over the cluster from there.",
  escalate: 'can add any permission to a role, including to a role that they have.',
  bind: "can grant themselves roles that they don't have, such as cluster-admin.",
  impersonate: 'can act as someone else, such as a cluster admin.',
  'impersonate-constrained':
    'can act as someone else, such as a cluster admin, for requests that are enough to become one.',
  'create-tokens':
    'can create passwords for the accounts of powerful programs in the cluster, and log in as these.',
  'approve-certificates': "can issue certificates to log in under any name, such as a cluster admin's.",
  'edit-aws-auth': 'can change the list of who has access, and make themselves cluster admin there.',
  'edit-webhooks': 'can have the cluster change what others ask it to do, such as which programs it starts.',
  'edit-mutating-policies':
    'can have the cluster change what others ask it to do, such as which programs it starts.',
  'read-secrets':
    'can read every password and key stored in the cluster, and log in as powerful programs with theirs.',
  'read-system-secrets':
    "can read the passwords and keys of the cluster's own programs, and log in as these.",
  exec: 'can run commands inside every program in the cluster, with the permissions of the most powerful one.',
  'exec-system':
    "can run commands inside the cluster's own programs, and take over the cluster with their permissions.",
  'create-pods':
    'can start programs anywhere in the cluster, with the permissions of any other program there.',
  'create-system-pods': "can start programs with the permissions of the cluster's own programs.",
  'act-as-account': 'can run programs with the permissions of a powerful one, or read its password.',
};

/** Why an entry grants no access, as a clause. */
export function nobodyText(reason: string): string {
  return reason in NOBODY_REASONS ? NOBODY_REASONS[reason as keyof typeof NOBODY_REASONS] : reason;
}

/** Reasons of entries that grant no access to anyone. */
const NOBODY: readonly NonNullable<WhoRow['reason']>[] = Object.keys(
  NOBODY_REASONS,
) as (keyof typeof NOBODY_REASONS)[];
