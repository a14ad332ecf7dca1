import { isAccountId, parseArn } from '../arn.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { type ArnProblem, arnProblem } from '../aws-auth/diagnose-arn.ts';
import { grantSame, type LoadedEntry } from '../aws-auth/loaded.ts';
import {
  type Caller,
  identityOfEntry,
  isDenied,
  type KubernetesIdentity,
  parseCaller,
} from '../aws-auth/resolve-caller.ts';
import type { ReadTime, Timed } from '../directory/read-time.ts';
import type { AccessEntry } from '../eks.ts';
import { type Finding, type Location, note } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import { NODE_VARIABLE } from '../map-entry.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { listed, printable, shellWord } from '../text.ts';
import { groupsRefusal, leftOutFindings } from './left-out.ts';
import { isNamedAsNode, nodeFindings, nodeTypeFor } from './nodes.ts';
import {
  type FoundRole,
  type PathFacts,
  principalRefusal,
  REMOVE_ENTRY,
  type Refusal,
  roleFinder,
  userArn,
} from './principal.ts';
import { translatedEntry } from './translate-entry.ts';

/** Facts for the translation of an aws-auth. */
export interface MapFacts extends PathFacts {
  /** The cluster's partition; null if unknown. */
  readonly partition: string | null;
  /** The cluster's account; null if unknown. */
  readonly clusterAccount: string | null;
  /** The type for nodes; `own` for the type that their entries imply; null refuses them. */
  readonly nodes: string | null;
}

/** The translation of an effective entry of aws-auth, or of an account in mapAccounts. */
export interface Translation extends Timed {
  /** As written; `sso:ACCOUNT/PERMISSION SET` for an `sso:` entry, an ID for an account. */
  readonly arn: string;
  readonly location: Location;
  /**
   * The identity that aws-auth grants; null if it grants no access. The username is null if it is each caller's ARN.
   */
  readonly before: { readonly username: string | null; readonly groups: readonly string[] } | null;
  /** Null if refused. */
  readonly entry: AccessEntry | null;
  readonly refusal: Refusal | null;
  readonly findings: readonly Finding[];
}

/** An entry of aws-auth with the location of its ARN, and the problem if the ARN never matches. */
interface PlacedEntry {
  readonly entry: LoadedEntry;
  readonly location: Location;
  readonly problem: ArnProblem | null;
}

/**
 * Translates an aws-auth as the authenticator resolves it, in file order. Overridden entries get a finding instead of a
 * translation.
 */
export function translateMap(
  awsAuth: AwsAuth,
  facts: MapFacts,
): { readonly translations: readonly Translation[]; readonly findings: readonly Finding[] } {
  const counting = new Set(awsAuth.effective);
  const all = awsAuth.entries.map((entry): PlacedEntry => {
    const location = awsAuth.locate(entry.map, (entry.fields.arn ?? entry.node).contentStart);
    return { entry, location, problem: arnProblem(entry) };
  });
  const isEffective = ({ entry }: PlacedEntry) => counting.has(entry);
  const effective = all.filter(isEffective);
  const sameCaller = groupBy(
    effective.filter(({ entry }) => !entry.sso),
    ({ entry }) => callerKey(entry.arn),
  );
  const twins = (one: PlacedEntry) => sameCaller.get(callerKey(one.entry.arn)) ?? [];
  const isAlike = (one: PlacedEntry) => twins(one).every(({ entry }) => grantSame(entry, one.entry));
  const isRepeated = (one: PlacedEntry) => !one.entry.sso && twins(one)[0] !== one && isAlike(one);
  const translator = new Translator(facts, effective);
  const translations = effective
    .filter((one) => !isRepeated(one))
    .map((one) => translator.translate(one, isAlike(one) ? [] : twins(one)));
  const overridden = all
    .filter((one) => !isEffective(one) || isRepeated(one))
    .map((one) => overriddenNote(one, one.entry.sso ? undefined : twins(one)[0], isEffective(one)));
  return {
    translations: [...translations, ...accountTranslations(awsAuth)],
    findings: [...overridden, ...usersOfOneName(translations)],
  };
}

/**
 * Notes on users that differ only in their path and were not looked up: user names in IAM are unique, ignoring path and
 * case.
 */
function usersOfOneName(translations: readonly Translation[]): Finding[] {
  const users = translations.filter(({ entry }) => entry?.principalArn.includes(':user/'));
  const nameOf = ({ entry }: Translation) =>
    foldKey((entry?.principalArn ?? '').replace(/:user\/.*\//, ':user/'));
  return [...groupBy(users, nameOf).values()].flatMap((all): Finding[] => {
    const [first, ...others] = all.map(({ entry }) => entry?.principalArn ?? '');
    if (first === undefined || others.length === 0) return [];
    const message = `${listed([first, ...others].map(printable))} differ only in their path: user names are unique in an account, so at most one of them exists`;
    const help = `EKS rejects access entries for the others. To see which one exists: aws iam get-user --user-name ${shellWord(first.slice(first.lastIndexOf('/') + 1))} --query User.Arn`;
    return [note('users-of-one-name', message, { help, location: all.at(-1)?.location })];
  });
}

/** The ARNs, in lower case, of roles to look up: roles of permission sets, and others. */
export function rolesToFind(
  awsAuth: AwsAuth,
  withNodes: boolean,
): { readonly provisioned: readonly string[]; readonly others: readonly string[] } {
  const arns = awsAuth.entries.flatMap((entry) => {
    if (entry.sso || arnProblem(entry) || entry.shadowed) return [];
    if (!withNodes && isNamedAsNode(entry)) return [];
    const caller = parseCaller(callerKey(entry.arn));
    return caller?.kind === 'role' && !principalRefusal(caller) ? [caller.arn] : [];
  });
  const isProvisioned = (arn: string) => parseProvisionedRoleArn(arn) !== undefined;
  return { provisioned: arns.filter(isProvisioned), others: arns.filter((arn) => !isProvisioned(arn)) };
}

/** @param by the first effective entry with the same ARN, ignoring case */
function overriddenNote(one: PlacedEntry, by: PlacedEntry | undefined, isRepetition: boolean): Finding {
  const which = by ? `the entry on line ${by.location.line}` : 'a later entry';
  const message = isRepetition
    ? `${printable(one.entry.arn)} repeats ${which}, whose ARN differs only in case: one access entry covers both`
    : `${printable(labelOf(one))} is overridden by ${which} and skipped`;
  return note('overridden-entry', message, { location: one.location });
}

/** Translates single entries: finds the role and builds the access entry, or refuses. */
class Translator {
  private readonly facts: MapFacts;
  private readonly find: (arn: string) => FoundRole;
  private readonly arns: ReadonlySet<string>;
  /** The entries of replaced roles, by the successor's ARN. */
  private readonly replaced: ReadonlyMap<string | null, readonly PlacedEntry[]>;

  constructor(facts: MapFacts, effective: readonly PlacedEntry[]) {
    this.facts = facts;
    this.find = roleFinder(facts);
    this.arns = new Set(effective.map(({ entry }) => callerKey(entry.arn)));
    this.replaced = groupBy(effective, (one) => {
      const found = this.find(one.entry.arn);
      return found.kind === 'successor' ? found.role.roleArn : null;
    });
  }

  /** @param twins the effective entries with the same ARN, ignoring case, if they don't all grant the same */
  translate(one: PlacedEntry, twins: readonly PlacedEntry[]): Translation {
    return { arn: labelOf(one), location: one.location, ...this.outcome(one, twins) };
  }

  private outcome(one: PlacedEntry, twins: readonly PlacedEntry[]): Outcome {
    const { entry, problem } = one;
    const never = (reason: string, help: string) => refused(null, { reason, help });
    if (entry.sso) return never('EKS ignores sso: entries, so it grants no access', SSO_HELP);
    if (problem) {
      const help = [...(problem.help === undefined ? [] : [problem.help]), FIX_FIRST].join('\n');
      return refused(null, { reason: `${problem.what}, so it never matches`, help, isNamed: true });
    }
    const caller = parseCaller(callerKey(entry.arn));
    if (!caller) return never('no caller has this ARN', FIX_FIRST);
    const partition = parseArn(caller.arn)?.partition ?? '';
    if (this.facts.partition !== null && partition !== this.facts.partition)
      return never(
        `it is in partition ${partition}, but the cluster is in ${this.facts.partition}, so it never matches`,
        FIX_FIRST,
      );
    const identity = identityOfEntry(entry);
    const refusal =
      (twins.length > 0 ? ambiguous(twins, one) : undefined) ??
      (isDenied(entry) ? DENIED : undefined) ??
      principalRefusal(caller) ??
      nodeOnlyRefusal(one, identity);
    if (refusal) return this.refuse(one, identity, refusal);
    const known = identity ?? { username: entry.username, groups: entry.groups ?? [] };
    return isNamedAsNode(known) ? this.node(one, caller, known) : this.person(one, caller, known);
  }

  /** An entry for a role that is gone, or only for instances, grants no access before, whatever the refusal. */
  private refuse(one: PlacedEntry, identity: KubernetesIdentity | null, refusal: Refusal): Outcome {
    const { kind } = this.find(one.entry.arn);
    const isNobody = kind === 'gone' || kind === 'successor' || isDenied(one.entry);
    return refused(isNobody ? null : identity, refusal);
  }

  private node(one: PlacedEntry, caller: Caller, identity: KubernetesIdentity): Outcome {
    const type = nodeTypeFor(caller, identity, this.facts);
    if (typeof type === 'string') return this.withRole(one, caller, identity, type, nodeFindings);
    const found = this.find(one.entry.arn);
    if (type.isLeftOut && found.kind === 'gone') return refused(null, found);
    return this.refuse(one, identity, type);
  }

  private person(one: PlacedEntry, caller: Caller, identity: KubernetesIdentity): Outcome {
    const refusal = groupsRefusal(identity.groups);
    if (refusal) return this.refuse(one, identity, refusal);
    return this.withRole(one, caller, identity, 'STANDARD', leftOutFindings);
  }

  /** @param findingsOf findings on what the access entry loses */
  private withRole(
    one: PlacedEntry,
    caller: Caller,
    identity: KubernetesIdentity,
    type: string,
    findingsOf: typeof nodeFindings,
  ): Outcome {
    const { arn } = one.entry;
    const found: FoundRole =
      caller.kind === 'role' ? this.find(arn) : { kind: 'found', pathArn: userArn(arn) };
    if ('reason' in found)
      return refused(found.kind === 'gone' ? null : identity, { reason: found.reason, help: found.help });
    const successor = found.kind === 'successor' ? found : null;
    const refusal = successor && this.successorRefusal(one, successor.role.roleArn, successor.readTime);
    if (refusal) return refused(null, refusal);
    const pathArn = found.kind === 'found' ? found.pathArn : found.role.pathArn;
    const entry = translatedEntry(pathArn, type, identity);
    const findings = findingsOf(identity, entry, one.location);
    if (!successor) return { before: identity, entry, refusal: null, findings };
    const recreated = successor.readTime.dated(`${printable(arn)} was re-created`);
    const message = `${recreated}: the access entry is for the new role, ${successor.role.roleArn}, whose people regain access`;
    return {
      before: null,
      entry,
      refusal: null,
      readTime: successor.readTime,
      findings: [note('role-followed', message, { location: one.location }), ...findings],
    };
  }

  /** Why an entry whose role was re-created gets no access entry for the new role; undefined if it does. */
  private successorRefusal(one: PlacedEntry, successor: string, readTime: ReadTime): Refusal | undefined {
    const recreated = readTime.dated(`its role was re-created as ${successor}`);
    if (this.arns.has(callerKey(successor)))
      return {
        reason: `${recreated}, and has its own entry`,
        help: REMOVE_ENTRY,
      };
    const others = (this.replaced.get(successor) ?? []).filter((other) => other !== one);
    if (others.length === 0) return undefined;
    return {
      reason: `${recreated}, and so were the roles of other entries (${linesText(others)})`,
      help: `Keep one of the entries, with the ARN ${successor}, and remove the others.`,
    };
  }
}

/** The translation of an entry, without its location. */
type Outcome = Omit<Translation, 'arn' | 'location'>;

const SSO_HELP = 'Map the permission set with --map or a config, or remove the entry.';
const FIX_FIRST = 'Fix the entry first with `aws-auth-sso check`, or remove it.';

function refused(before: KubernetesIdentity | null, refusal: Refusal): Outcome {
  return { before, entry: null, refusal, findings: [] };
}

function ambiguous(twins: readonly PlacedEntry[], one: PlacedEntry): Refusal {
  const others = twins.filter((other) => other !== one);
  return {
    reason: `another entry has its ARN in another case (${linesText(others)}) and grants something else, so which one applies is random`,
    help: 'Keep only one of them.',
  };
}

const DENIED: Refusal = {
  reason: `${NODE_VARIABLE} is only for EC2 instances, which can't have this ARN, so the entry grants no access`,
  help: 'Map it without that variable, or remove the entry.',
};

/** A STANDARD access entry would grant access to everyone with the role. */
function nodeOnlyRefusal({ entry }: PlacedEntry, identity: KubernetesIdentity | null): Refusal | undefined {
  if (identity !== null && isNamedAsNode(identity)) return undefined;
  if (![entry.username, ...(entry.groups ?? [])].some((text) => text.includes(NODE_VARIABLE)))
    return undefined;
  return {
    reason: `${NODE_VARIABLE} is only for EC2 instances, but an access entry would grant access to everyone with the role`,
    help: 'Map the role without that variable, or remove the entry.',
  };
}

function labelOf({ entry: { arn, sso } }: PlacedEntry): string {
  if (!sso) return arn;
  const { permissionSetName, accountID, partition } = sso;
  return `sso:${partition === '' ? '' : `${partition}:`}${accountID}/${permissionSetName}`;
}

function linesText(others: readonly PlacedEntry[]): string {
  const lines = others.map((other) => String(other.location.line));
  return `${lines.length === 1 ? 'line' : 'lines'} ${listed(lines)}`;
}

/** Refuses each account of mapAccounts, once: an access entry is for a single principal. */
function accountTranslations(awsAuth: AwsAuth): Translation[] {
  const { list, entries } = awsAuth.mapAccounts;
  return [...new Set(entries)].map((id): Translation => {
    const item = list?.items.find((node) => node.kind === 'scalar' && node.text === id);
    return {
      arn: id,
      location: item ? awsAuth.locate('mapAccounts', item.contentStart) : { file: awsAuth.file },
      before: isAccountId(id) ? { username: null, groups: [] } : null,
      entry: null,
      refusal: isAccountId(id) ? WHOLE_ACCOUNT : NO_ACCOUNT,
      findings: [],
    };
  });
}

const WHOLE_ACCOUNT: Refusal = {
  reason: 'mapAccounts grants access to a whole account, but an access entry is for one principal',
  help: 'Map each role and user in that account that needs access with its own entry.',
};
const NO_ACCOUNT: Refusal = {
  reason: 'account IDs have 12 digits, so this item of mapAccounts grants no access',
  help: 'Remove it.',
};
