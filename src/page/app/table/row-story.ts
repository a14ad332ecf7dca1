import { policyData } from '../../../access-policy.ts';
import { MASTERS } from '../../../aws-auth/groups.ts';
import { ANY_CALLER } from '../../../aws-auth/loaded.ts';
import { accountText } from '../../../directory/model.ts';
import { wholePolicyText } from '../../../eks.ts';
import { formatLocation } from '../../../errors.ts';
import { type BoundRole, isPolicy } from '../../../rbac/model.ts';
import { ACCESS_TEXTS, principalLabel } from '../../../who/row-texts.ts';
import type { WhoRow } from '../../../who/rows.ts';
import { adminStateOf, type RowChange } from '../../../who/since/row-change.ts';
import { OF_EVERYBODY } from '../../../who/way.ts';
import { noteText } from '../../columns.ts';
import type { PageRows } from '../../decode.ts';
import { personValue } from '../../decode.ts';
import { dateText, principalKind, RISK_MEANINGS, SUBJECT_TEXTS, sentence } from '../../texts.ts';

/** Everything about a row, in words for readers who don't know Kubernetes. */
interface RowStory {
  readonly lead: string;
  /** A heading for the steps. */
  readonly path: 'How' | 'How it was' | 'The entry';
  /** From the person to what Kubernetes knows about them. */
  readonly steps: readonly StoryStep[];
  readonly routes: readonly StoryStep[];
  readonly roles: readonly StoryStep[];
  readonly changes: readonly StoryStep[];
  readonly facts: readonly (readonly [term: string, text: string])[];
}

/** `is assigned the permission set`: `Admin in prod (111122223333)` */
export interface StoryStep {
  readonly label: string;
  readonly values: readonly string[];
  /** The ARN of what the value names. */
  readonly arn?: string;
  /** Explains a word, or says where it comes from. */
  readonly help?: string;
}

/** The surroundings of a row. */
interface Surroundings {
  /** The aws-auth file; null without one. */
  readonly file: string | null;
  /** `--since`, or null. */
  readonly since: string | null;
  /** For a row of the earlier run. */
  readonly lost: LostAccess | null;
}

export function rowStory(row: WhoRow, change: RowChange | null, place: Surroundings): RowStory {
  return {
    lead: leadOf(row, change, place),
    path: place.lost ? 'How it was' : row.access === 'none' ? 'The entry' : 'How',
    steps: stepsOf(row, place),
    routes: row.routes.map(({ risk, text, through }) => {
      return { label: text, values: [`through ${through}`], help: sentence(RISK_MEANINGS[risk]) };
    }),
    roles: rolesOf(row),
    changes: (change?.before ?? []).map(({ field, was, now }) => {
      return { label: FIELDS[field], values: changeTexts(was, now) };
    }),
    facts: factsOf(row, place),
  };
}

const FIELDS: Readonly<Record<RowChange['before'][number]['field'], string>> = {
  can: 'Can',
  access: 'Access',
  reason: 'Reason',
  username: 'Username',
  groups: 'Kubernetes groups',
  policies: 'Access policies',
  bindings: 'Roles',
  risks: 'Routes to admin',
  via: 'Through group',
};

/** Leaves out what is the same in both. */
function changeTexts(was: readonly string[], now: readonly string[]): string[] {
  const added = now.filter((one) => !was.includes(one));
  const removed = was.filter((one) => !now.includes(one));
  const isSmall = added.length < now.length && added.length + removed.length > 0;
  if (!isSmall) return [`was ${was.join(', ') || 'none'}`, `is now ${now.join(', ') || 'none'}`];
  return [
    ...(added.length > 0 ? [`added ${added.join(', ')}`] : []),
    ...(removed.length > 0 ? [`removed ${removed.join(', ')}`] : []),
  ];
}

function leadOf(row: WhoRow, change: RowChange | null, { lost }: Surroundings): string {
  const cluster = row.cluster === null ? 'the cluster' : `cluster ${row.cluster}`;
  if (lost) return lostLead(row, cluster, lost);
  const lead = accessLead(row, cluster);
  if (change?.kind === 'gone') return `Access is gone. ${lead}`;
  return change?.kind === 'new' ? `New since the earlier run. ${lead}` : lead;
}

/** Access that only the earlier run has. */
function lostLead(row: WhoRow, cluster: string, { reason, hasOther }: LostAccess): string {
  const before = row.way?.isNode
    ? `Nodes, the machines of ${cluster}, joined it with this role.`
    : `${subjectOf(row)} had access to ${cluster}${adminClause(row, 'was')}.`;
  const why = reason === null ? '' : ` Its entry grants nobody access now: ${reason}.`;
  const other = hasOther ? ` ${oneOf(row)} still has other access.` : '';
  return `This access is gone.${why} In the earlier run: ${before}${other}`;
}

function accessLead(row: WhoRow, cluster: string): string {
  const note = noteText(row);
  const { name, kind } = principalText(row);
  if (row.unread) return `Who has access to ${cluster} is unknown: ${row.note}.`;
  if (row.access === 'none')
    return kind === ''
      ? `Nobody has access to ${cluster} through this entry: ${note}.`
      : `${oneOf(row)} has no access to ${cluster} through this entry: ${note || 'it grants none'}.`;
  if (row.access === 'unknown')
    return kind === ''
      ? `Who has access to ${cluster} through this entry is unknown: ${note}.`
      : `The access of ${name} to ${cluster} is unknown: ${note}.`;
  if (row.way?.isNode) return `Nodes, the machines of ${cluster}, join it with this role.`;
  const also = row.reason === null ? '' : ` Besides, ${note}.`;
  return `${subjectOf(row)} has access to ${cluster}${adminClause(row, 'is')}.${also}`;
}

/** `The IAM role ci` */
function oneOf(row: WhoRow): string {
  const { name, kind } = principalText(row);
  return row.principal.type === 'USER' ? name : `The ${kind} ${name}`;
}

function subjectOf(row: WhoRow): string {
  const { name } = principalText(row);
  const { type } = row.principal;
  if (type === 'GROUP') return `Everyone in the group ${name}`;
  if (type === 'ACCOUNT') return `Every IAM user and role of account ${name}`;
  return type === 'IAM_ROLE' ? `Anyone with the IAM role ${name}` : name;
}

function adminClause({ routes }: WhoRow, verb: 'is' | 'was'): string {
  const clauses = {
    yes: `, and ${verb} cluster admin: everything in the cluster ${verb} allowed`,
    route: ', and could become cluster admin',
    no: '',
  };
  return clauses[adminStateOf(routes)];
}

function stepsOf(row: WhoRow, { file }: Surroundings): StoryStep[] {
  const { unread, via, permissionSet, groups, policies } = row;
  const { name, kind } = principalText(row);
  if (unread) return [];
  if (row.access === 'none') return deadSteps(row, file);
  return [
    // Sentences shorten long names.
    kind === ''
      ? { label: 'Unknown people', values: [] }
      : { label: `The ${kind}`, values: [row.principal.name || name] },
    ...(via === null ? [] : [{ label: 'is a member of the group', values: [via] }]),
    ...(permissionSet === null
      ? []
      : [
          {
            label: via === null ? 'is assigned the permission set' : 'which is assigned the permission set',
            values: [`${permissionSet} in ${accountOf(row)}`],
          },
        ]),
    ...roleStep(row),
    entryStep(row, file),
    nameStep(row),
    ...(groups.length === 0
      ? []
      : [
          {
            label: 'with the Kubernetes groups',
            values: groups,
            help: groups.includes(MASTERS)
              ? `Kubernetes allows ${MASTERS} everything, without a role.`
              : 'Kubernetes groups are only names: a group may do what its roles allow.',
          },
        ]),
    ...(policies.length === 0
      ? []
      : [
          {
            label: 'with the access policies',
            values: policies.map(wholePolicyText),
            help: 'AWS defines what an access policy allows, in the whole cluster or in some namespaces.',
          },
        ]),
  ];
}

/** An entry that grants no access: what it is for, and what it would give. */
function deadSteps(row: WhoRow, file: string | null): StoryStep[] {
  const { values, help } = entryStep(row, file);
  const { permissionSet, rolearn, username, groups, policies } = row;
  const given = [...groups.map((group) => `group ${group}`), ...policies.map(wholePolicyText)];
  return [
    {
      label: 'An entry in',
      values: row.source === 'aws-auth' ? values : ['the access entries of the cluster'],
      ...(help !== undefined && { help }),
    },
    { label: 'is for', ...namedArn(rolearn) },
    ...(permissionSet === null
      ? []
      : [{ label: 'the role of the permission set', values: [`${permissionSet} in ${accountOf(row)}`] }]),
    { label: 'and would give', values: [`username ${username || ANY_CALLER}`, ...given] },
    { label: 'but grants no access:', values: [noteText(row) || 'nobody can use it'] },
  ];
}

function accountOf(row: WhoRow): string {
  return `account ${accountText({ id: row.accountId, name: row.accountName })}`;
}

/** An IAM principal is its own role. */
function roleStep({ permissionSet, rolearn, principal, source }: WhoRow): StoryStep[] {
  if (permissionSet === null)
    return principal.type === 'ACCOUNT' || source === 'binding'
      ? []
      : [{ label: 'with the ARN', values: [], arn: rolearn }];
  const help = 'Identity Center creates this role in the account for the permission set.';
  const label =
    principal.type === 'GROUP' ? 'whose members sign in as the IAM role' : 'and so signs in as the IAM role';
  return [{ label, ...namedArn(rolearn), help }];
}

/** The last part of an ARN is the name; an account has none. */
function namedArn(arn: string): Pick<StoryStep, 'values' | 'arn'> {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  return name === arn || name === '' ? { values: [arn] } : { values: [name], arn };
}

function entryStep({ source }: WhoRow, file: string | null): StoryStep {
  if (source === 'binding')
    return {
      label: 'is named by',
      values: ['bindings alone'],
      help: "No entry has this name, and it isn't from AWS, so AWS can't tell who uses it.",
    };
  return source === 'aws-auth'
    ? {
        label: 'matches an entry in',
        values: [file === null ? 'aws-auth' : `aws-auth (${file})`],
        help: 'aws-auth is a list in the cluster. Each entry gives an IAM role or user a username and groups in Kubernetes.',
      }
    : {
        label: 'matches an',
        values: ['access entry'],
        help: 'EKS keeps access entries. Each gives an IAM role or user a username and groups in Kubernetes, and access policies.',
      };
}

function nameStep({ username, auditUsername, source }: WhoRow): StoryStep {
  const name = auditUsername ?? (username || (source === 'binding' ? 'any user in the group' : ANY_CALLER));
  return {
    label: 'is known to Kubernetes as',
    values: [name],
    help: name.includes('{{')
      ? 'Audit logs show this username, with the name of each person or session in place of the braces.'
      : 'Audit logs show this username.',
  };
}

function rolesOf({ rights }: WhoRow): StoryStep[] {
  if (!rights) return [];
  return [
    ...rights.roles.map((bound) => roleText(bound, '')),
    ...rights.rolesOfEverybody.map((bound) => roleText(bound, OF_EVERYBODY)),
  ];
}

function roleText(bound: BoundRole, prefix: string): StoryStep {
  const { role, binding, subject } = bound;
  const where = binding.namespace === null ? 'in the whole cluster' : `in namespace ${binding.namespace}`;
  const label = `${prefix}${role.name} ${where}`;
  if (isPolicy(bound)) return { label, values: [], help: 'an access policy' };
  const names = `the ${SUBJECT_TEXTS[subject.kind]} ${subject.name}`;
  const location = binding.location ? ` (${formatLocation(binding.location)})` : '';
  return {
    label,
    values: [],
    help: `${role.kind}, through ${binding.kind} ${binding.name}, which names ${names}${location}`,
  };
}

function factsOf(row: WhoRow, { file, since, lost }: Surroundings): RowStory['facts'] {
  const facts: (readonly [string, string | null])[] = [
    ['Access', lost ? 'had access' : ACCESS_TEXTS[row.access]],
    ['Note', noteText(row) || null],
    ['Cluster', row.cluster],
    ['Cluster ARN', row.clusterArn],
    ['Account', row.accountId === '' ? null : accountText({ id: row.accountId, name: row.accountName })],
    [
      'ID in Identity Center',
      row.principal.type === 'USER' || row.principal.type === 'GROUP' ? row.principal.id : null,
    ],
    ['Entry', row.rolearn || null],
    ['Username in the entry', row.username || null],
    ['aws-auth file', row.source === 'aws-auth' ? file : null],
    ['Kubernetes version', row.kubernetesVersion],
    ['Default roles as of', row.kubernetesDataDate ? dateText(row.kubernetesDataDate, false) : null],
    ['Access policies as of', row.policies.length === 0 ? null : dateText(policyData().date, false)],
    ['AWS read', row.asOf && dateText(row.asOf, true)],
    ['Compared with', since],
    ['Details', row.unread?.detail ?? null],
  ];
  return facts.flatMap(([term, text]) => (text === null || text === '' ? [] : [[term, text] as const]));
}

/** The principal of a row in words; a role of nodes is an IAM role. The kind is empty for a placeholder. */
function principalText(row: WhoRow): { readonly name: string; readonly kind: string } {
  const { name, kind } = principalLabel(row);
  if (kind === null) return { name: name === 'nobody' ? 'Nobody' : 'Unknown people', kind: '' };
  // A button without a text couldn't be read.
  const shown = name.trim() === '' ? '(no name)' : name;
  return { name: shown, kind: principalKind(row.principal) };
}

/** The fate of the access of a row of the earlier run. */
interface LostAccess {
  /** Why the entry grants nobody access now; null if it still does, or is gone itself. */
  readonly reason: string | null;
  /** True if the same person or group still has access to the cluster through something else. */
  readonly hasOther: boolean;
}

/** Null for a row of this run. */
export function lostAccess(rows: PageRows, number: number): LostAccess | null {
  if (!rows.isEarlier(number)) return null;
  const { rolearn, source, cluster, clusterArn } = rows.entry(rows.index(number, 'entries'));
  const entries = rows.data.tables.entries.map((one) => ({
    // Rows of earlier versions have no ARN.
    isOfCluster: one.cluster === cluster && (one.clusterArn === clusterArn || clusterArn === null),
    isSame: one.rolearn === rolearn && one.source === source,
  }));
  const person = personValue(rows.principal(rows.index(number, 'principals')));
  const persons = rows.data.tables.principals.map((one) => personValue(one) === person);
  let reason: string | null = null;
  let hasOther = false;
  for (let row = 0; row < rows.count && !rows.isEarlier(row); row += 1) {
    const entry = entries[rows.index(row, 'entries')];
    if (!entry?.isOfCluster) continue;
    const grant = rows.grant(rows.index(row, 'grants'));
    if (persons[rows.index(row, 'principals')] && grant.access === 'granted') hasOther = true;
    if (entry.isSame && grant.access === 'none' && grant.reason !== null) reason = noteText(grant);
  }
  return { reason, hasOther };
}

/** The principal of a row in words: `alice@example.com` and `user`; a role of nodes is `nodes`. */
export function personText(row: WhoRow): { readonly name: string; readonly kind: string } {
  const text = principalText(row);
  return row.way?.isNode ? { ...text, kind: 'nodes' } : text;
}
