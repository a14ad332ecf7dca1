import leven from 'leven';
import { parseArn } from '../arn.ts';
import { callerKey } from '../authenticator/caller.ts';
import { type Caller, parseCaller } from '../authenticator/resolve-caller.ts';
import type { MapKey } from '../entry.ts';
import type { Location } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { LintContext, ListEntry } from '../lint/context.ts';
import type { ArnProblem } from '../lint/diagnose-arn.ts';
import { arnRange } from '../lint/locate.ts';
import type { LintFinding } from '../lint/rule.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, setKey } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import { addEntryHelp } from './named-caller.ts';

/** How likely the caller was meant: `exact`, whatever is wrong; `role`, but for a detail; `name` alone; `remote`, nothing better known. */
export type Nearness = 'exact' | 'role' | 'name' | 'remote';

/** Something in aws-auth that nearly lets a caller in. */
export interface NearMiss {
  readonly nearness: Nearness;
  readonly map: MapKey;
  /** The ARN as written, or an account id. */
  readonly arn: string;
  readonly location: Location;
  /** Why it does not, as a clause. */
  readonly why: string;
  /** What to write or run. */
  readonly help: string;
}

/** Why an entry is not the caller's. */
type Difference = Pick<NearMiss, 'nearness' | 'why' | 'help'>;

/** A caller, or whom an entry is for, taken apart, in lower case. */
export interface CallerParts {
  readonly kind: Caller['kind'];
  readonly partition: string;
  readonly accountId: string;
  /** Of a user with its path. */
  readonly name: string;
  /** In the case that it was written in. */
  readonly provisioned: ProvisionedRoleArn | undefined;
}

/** @param written where that is not the ARN of the caller */
export function partsOf({ kind, canonicalArn }: Caller, written = canonicalArn): CallerParts {
  const key = callerKey(canonicalArn);
  const { partition = '', accountId = '', resource = '' } = parseArn(key) ?? {};
  const name = resource.slice(resource.indexOf('/') + 1);
  const provisioned = parseProvisionedRoleArn(written) ?? parseProvisionedRoleArn(key);
  return { kind, partition, accountId, name, provisioned };
}

export function isSameCaller(one: CallerParts, other: CallerParts): boolean {
  return (
    one.kind === other.kind &&
    one.partition === other.partition &&
    one.accountId === other.accountId &&
    one.name === other.name
  );
}

/** Whom an ARN is meant for, whatever is wrong with it; undefined for what is nobody's. */
export function meantParts(arn: string, problem: ArnProblem | null): CallerParts | undefined {
  const written = problem?.meant ?? arn;
  const text = callerKey(written);
  const meant = parseCaller(text) ?? parseCaller(`${text}/session`);
  return meant && partsOf(meant, written);
}

/** What a near miss is looked for with. */
export interface Search {
  readonly context: LintContext;
  readonly caller: Caller;
  readonly own: CallerParts;
  readonly inventory: Inventory | null;
  /** What `check` finds. */
  readonly findings: () => readonly LintFinding[];
}

/** The entries that nearly match a caller who matches none, in the order of the file. */
export function nearEntries(search: Search): NearMiss[] {
  return search.context.entries.flatMap((listEntry) => {
    const { list, entry } = listEntry;
    if (entry.shadowed) return [];
    const difference = entry.sso ? ssoDifference(search, listEntry) : differenceOf(search, listEntry);
    if (!difference) return [];
    const location = list.source.locationOf(arnRange(listEntry).start);
    const arn = entry.sso ? `sso:${entry.sso.permissionSetName}` : entry.arn;
    return [{ map: list.key, arn, location, ...difference }];
  });
}

const INERT = 'sso: is an alpha feature of the authenticator that EKS does not enable';

function ssoDifference(search: Search, { entry: { sso } }: ListEntry): Difference | undefined {
  const { provisioned } = search.own;
  if (!sso || !provisioned || callerKey(sso.permissionSetName) !== callerKey(provisioned.permissionSet))
    return undefined;
  if (sso.accountID === provisioned.accountId)
    return {
      nearness: 'exact',
      why: INERT,
      help: `Replace sso: by rolearn: ${search.caller.canonicalArn}`,
    };
  const why = `it is for account ${sso.accountID}, not ${provisioned.accountId}, and ${INERT}`;
  return { nearness: 'name', why, help: addEntryHelp(search.caller, search.context.document.file) };
}

function differenceOf(search: Search, listEntry: ListEntry): Difference | undefined {
  const { own } = search;
  const { entry, problem } = listEntry;
  if (problem && problem.meant === undefined) {
    const difference = problemDifference(search, listEntry, problem);
    if (difference) return difference;
  }
  const other = meantParts(entry.arn, problem);
  if (!other) return undefined;
  if (isSameCaller(own, other)) return { nearness: 'exact', ...rewrite(search, listEntry, whyOf(problem)) };
  return other.accountId === own.accountId
    ? inSameAccount(search, listEntry, other)
    : inOtherAccount(search, listEntry, other);
}

function rewrite({ caller }: Search, { list }: ListEntry, why: string): Pick<Difference, 'why' | 'help'> {
  return { why, help: `Write ${list.arnField}: ${printable(caller.canonicalArn)}` };
}

const WHY: Readonly<Record<ArnProblem['rule'], string>> = {
  'path-in-arn':
    'the path is left in the ARN, and the authenticator compares roles without their path: strip it',
  'assumed-role-arn': 'it is the ARN of a session, and the authenticator compares that of the role',
  'whitespace-in-arn': 'the ARN contains a space, a line break or an invisible character',
  'wildcard-arn': 'it contains a wildcard, and ARNs are compared literally',
  'missing-suffix': 'the name of the role lacks its suffix, and the whole name is compared',
  'permission-set-arn':
    'it is the ARN of a permission set, and people call as the role that Identity Center creates in each account',
  'identity-center-user':
    'it names an Identity Center user or group, and people call as the role of a permission set',
  'not-a-role-or-user': 'it is neither a role nor a user',
  'malformed-arn': 'it is not the ARN of a role or user',
  'helm-template': 'it is a Helm template that was not filled in',
};

function whyOf(problem: ArnProblem | null): string {
  return problem ? WHY[problem.rule] : 'the ARN is not written as STS says it';
}

/** Of an ARN that no caller ever has, and from which nobody can tell for certain whose was meant. */
function problemDifference(
  search: Search,
  listEntry: ListEntry,
  problem: ArnProblem,
): Difference | undefined {
  const nearness = problemNearness(search, callerKey(listEntry.entry.arn), problem.rule);
  if (!nearness) return undefined;
  if (nearness !== 'remote') return { nearness, ...rewrite(search, listEntry, whyOf(problem)) };
  const { why, help } = rewrite(search, listEntry, whyOf(problem));
  return { nearness, why, help: `If it is meant for this caller: ${help}` };
}

function problemNearness(
  { own, caller, inventory }: Search,
  text: string,
  rule: ArnProblem['rule'],
): Nearness | undefined {
  const set = own.provisioned && callerKey(own.provisioned.permissionSet);
  switch (rule) {
    case 'missing-suffix':
      return set !== undefined && text.endsWith(`:${own.accountId}:role/awsreservedsso_${set}`)
        ? 'role'
        : undefined;
    case 'permission-set-arn': {
      if (set === undefined) return undefined;
      const known = inventory?.permissionSets?.find(({ arn }) => callerKey(arn) === text);
      if (!known) return 'remote';
      return callerKey(known.name) === set ? 'role' : undefined;
    }
    case 'identity-center-user':
      if (set === undefined) return undefined;
      return callerKey(caller.sessionName ?? '') === text ? 'role' : 'remote';
    case 'wildcard-arn':
      return matchesWildcard(withoutRolePath(text), callerKey(caller.canonicalArn)) ? 'role' : undefined;
    default:
      if (own.name !== '' && text.split(/[/:\s"'`“”‘’<>{}]+/).includes(own.name)) return 'role';
      return isTypo(text, callerKey(caller.canonicalArn)) ? 'role' : undefined;
  }
}

const KIND_TEXTS: Readonly<Record<Caller['kind'], string>> = {
  role: 'a role',
  user: 'a user',
  root: 'the root user',
  'federated-user': 'a federated user',
};

function inSameAccount(search: Search, listEntry: ListEntry, other: CallerParts): Difference | undefined {
  const { own } = search;
  const isSameName = other.name === own.name;
  if (isSameName && other.partition !== own.partition) {
    const why = `it is in the partition ${printable(other.partition)}, and the caller in ${own.partition}`;
    return { nearness: 'role', ...rewrite(search, listEntry, why) };
  }
  if (isSameName) {
    const why = `it is ${KIND_TEXTS[other.kind]}, and the caller is ${KIND_TEXTS[own.kind]}`;
    return { nearness: 'role', ...rewrite(search, listEntry, why) };
  }
  const [mine, its] = [own.provisioned, other.provisioned];
  if (mine && its) return ofPermissionSet(search, listEntry, mine, its);
  if (own.kind === 'user' && other.kind === 'user' && nameOnly(own) === nameOnly(other)) {
    const why = 'the path of the user differs, and the authenticator compares users with their path';
    return { nearness: 'role', ...rewrite(search, listEntry, why) };
  }
  if (own.kind !== other.kind || !isTypo(other.name, own.name)) return undefined;
  const why = `the name ${quoted(other.name)} differs a little from the caller's, ${quoted(own.name)}`;
  return { nearness: 'name', ...rewrite(search, listEntry, `${why}: perhaps a typo`) };
}

/** A role of a permission set in the caller's account. */
function ofPermissionSet(
  search: Search,
  listEntry: ListEntry,
  mine: ProvisionedRoleArn,
  its: ProvisionedRoleArn,
): Difference | undefined {
  if (setKey(mine) === setKey(its))
    return { nearness: 'role', ...rewrite(search, listEntry, suffixWhy(search, mine, its)) };
  if (!isTypo(callerKey(its.permissionSet), callerKey(mine.permissionSet))) return undefined;
  const [wrong, right] = [its.permissionSet, mine.permissionSet].map(quoted);
  const why = `it is a role of permission set ${wrong}, and the caller's is ${right}: perhaps a typo`;
  return { nearness: 'name', ...rewrite(search, listEntry, why) };
}

function suffixWhy({ inventory }: Search, mine: ProvisionedRoleArn, its: ProvisionedRoleArn): string {
  const suffixes = `the suffix is ${its.suffix}, and that of the caller's role ${mine.suffix}`;
  if (leven(its.suffix, mine.suffix) <= 2) return `${suffixes}: perhaps a typo`;
  const why = `${suffixes}: each time Identity Center re-creates the role of a permission set, it gets a new one`;
  const account = inventory?.accounts.find(({ id }) => id === its.accountId);
  if (!inventory || !account?.rolesRead) return why;
  const find = ({ roleArn }: ProvisionedRoleArn) =>
    inventory.roles.find((role) => callerKey(role.roleArn) === callerKey(roleArn));
  const [old, now] = [find(its), find(mine)];
  if (old) return `${suffixes}: both roles exist, this one since ${old.createdAt}`;
  return now
    ? `${why}. This one is gone, the caller's was created ${now.createdAt}`
    : `${why}. This one is gone`;
}

function inOtherAccount(search: Search, listEntry: ListEntry, other: CallerParts): Difference | undefined {
  const { own, caller, context } = search;
  const [mine, its] = [own.provisioned, other.provisioned];
  const isSameSet = mine && its && callerKey(mine.permissionSet) === callerKey(its.permissionSet);
  const isSameName = own.kind === other.kind && own.name === other.name && own.kind !== 'root';
  if (!isSameSet && !isSameName) return undefined;
  const accounts = `it is for account ${printable(other.accountId)}, and the caller is in ${own.accountId}`;
  // Whatever the account, no two roles of Identity Center have one suffix.
  if (isSameSet && isSameName) {
    const why = `${accounts}, with the same suffix: the account id is wrong`;
    return { nearness: 'role', ...rewrite(search, listEntry, why) };
  }
  const help = `Call with credentials of account ${printable(other.accountId)}, or let this account in too:\n${addEntryHelp(caller, context.document.file)}`;
  const what = isSameSet ? `the same permission set, ${quoted(mine.permissionSet)}` : 'the same name';
  return { nearness: 'name', why: `${accounts} (${what})`, help };
}

function nameOnly({ name }: CallerParts): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Whether two names differ by so few letters that one may be the other misspelled. */
function isTypo(one: string, other: string): boolean {
  const most = Math.min(3, Math.max(1, Math.floor(Math.min(one.length, other.length) / 4)));
  return Math.abs(one.length - other.length) <= most && leven(one, other) <= most;
}

function withoutRolePath(pattern: string): string {
  const at = pattern.indexOf(':role/');
  if (at < 0) return pattern;
  return pattern.slice(0, at + ':role/'.length) + pattern.slice(pattern.lastIndexOf('/') + 1);
}

/** `*` and `?` as people mean them. One pass with one way back: what stands in the file is no pattern for the regular expressions of a program. */
function matchesWildcard(pattern: string, text: string): boolean {
  let [at, position, star, mark] = [0, 0, -1, 0];
  while (position < text.length) {
    if (pattern[at] === '*') {
      [star, mark] = [at, position];
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === text[position]) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      mark += 1;
      [at, position] = [star + 1, mark];
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
