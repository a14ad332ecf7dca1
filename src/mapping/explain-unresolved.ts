import { Assignees, unknownPrincipal } from '../directory/assignees.ts';
import { AccountInstances } from '../directory/instances.ts';
import {
  accountText,
  type Instance,
  type Inventory,
  type PermissionSet,
  type Principal,
  type Role,
  shortName,
} from '../directory/model.ts';
import type { InventorySource, KnownSets } from '../directory/query.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import { accountLookup } from '../directory/scope.ts';
import { Failure, type Finding, finding, type Problem } from '../errors.ts';
import { didYouMean, listed, quoted } from '../text.ts';
import { type Mapping, mappingProblem } from './mapping.ts';
import {
  isAssigned,
  type PermissionSetSelector,
  type PrincipalSelector,
  principalSelectorsOf,
  principalTypeOf,
  selectorText,
  setMatcher,
} from './selector.ts';

/** A mapping that resolved to no role. */
interface Unresolved {
  readonly mapping: Mapping;
  /** IDs of the accounts that must have a role; empty if any account would do. */
  readonly exact: readonly string[];
  /** Ids. */
  readonly lookedAt: readonly string[];
}

/**
 * Reports the mappings that are skipped because they are optional or all may stay unresolved.
 * @throws Failure (exit 2) that explains every other mapping
 */
export async function reportUnresolved(
  unresolved: readonly Unresolved[],
  allowUnresolved: boolean,
  source: InventorySource,
  inventory: Inventory,
): Promise<Finding[]> {
  const dated = ({ exact: [accountId] }: Unresolved, message: string) =>
    RoleFacts.of(inventory).readTimeIn(accountId).dated(message);
  const required = unresolved.filter(({ mapping }) => !mapping.optional && !allowUnresolved);
  if (required.length > 0) {
    const explainer = new Explainer(await knownSets(required, source, inventory), inventory, !source.isLive);
    throw new Failure(
      2,
      required.map((missing) => {
        const { mapping } = missing;
        const { message, help } = explainer.explain(missing);
        const origin = mapping.origin.location ? '' : `${mapping.origin.text}: `;
        return mappingProblem(mapping, `${origin}${dated(missing, message)}`, `${help}\n${HOW_TO_CONTINUE}`);
      }),
    );
  }
  return unresolved.map((missing) => {
    const { optional, origin } = missing.mapping;
    const message = dated(missing, `skipped ${origin.text}: no role in ${placeText(missing, inventory)}`);
    return finding(optional ? 'note' : 'warning', 'unresolved', message);
  });
}

/** The next step if it isn't known which Identity Center instance covers an account. */
export const HOW_TO_KNOW_INSTANCE =
  'If the account is in the same organization, allow sso:ListPermissionSetsProvisionedToAccount, or take a new snapshot with permission to read Identity Center.';

const HOW_TO_CONTINUE =
  'To continue without it, set `optional: true` in the config or pass --allow-unresolved.';

/** Lists permission sets only if a mapping names one: it takes a call for each. */
async function knownSets(
  unresolved: readonly Unresolved[],
  source: InventorySource,
  inventory: Inventory,
): Promise<KnownSets> {
  const selectors = unresolved.map(({ mapping }) => mapping.selector);
  if (!selectors.some(isOfSet)) return { kind: 'unknown', reason: 'no permission set is named' };
  const names = selectors.flatMap((selector) => (selector.kind === 'name' ? selector.name : []));
  return source.knownSets(inventory, names);
}

/** Explains why mappings resolved to no role. */
class Explainer {
  private readonly known: KnownSets;
  private readonly sets: readonly PermissionSet[];
  private readonly inventory: Inventory;
  private readonly assignees: Assignees;
  private readonly isSnapshot: boolean;

  /** @param isSnapshot true if the inventory may not include everyone */
  constructor(known: KnownSets, inventory: Inventory, isSnapshot: boolean) {
    this.known = known;
    this.sets = known.kind === 'known' ? known.sets : (inventory.permissionSets ?? []);
    this.inventory = inventory;
    this.assignees = Assignees.of(inventory);
    this.isSnapshot = isSnapshot;
  }

  explain(missing: Unresolved): Problem {
    return this.principals(missing) ?? this.set(missing);
  }

  /** The permission set doesn't exist, isn't provisioned, or is unknown. */
  private set(missing: Unresolved): Problem {
    const { known, inventory } = this;
    const { selector } = missing.mapping;
    const text = quoted(selectorText(selector));
    const where = placeText(missing, inventory);
    const there = inventory.roles.filter(({ accountId }) => missing.lookedAt.includes(accountId));
    const provisioned = `Provisioned there: ${listed(setNames(there).map(quoted)) || 'none'}.`;
    if (selector.kind === 'glob')
      return { message: `no permission set matching ${text} is provisioned in ${where}`, help: provisioned };
    if (known.kind === 'unknown') {
      return {
        message: `permission set ${text} has no role in ${where}; can't tell whether it exists: ${known.reason}`,
        help: didYouMean(selectorText(selector), setNames(inventory.roles)) ?? provisioned,
      };
    }
    const sets = this.setsFor(missing);
    if (sets.length === 0 && known.sets.length > 0)
      return {
        message: `can't tell whether permission set ${text} is in ${where}: no permission sets of its Identity Center instance are known`,
        help: HOW_TO_KNOW_INSTANCE,
      };
    const set = setOf(selector, sets);
    if (!set) {
      const existing = sets.map(({ name }) => name);
      const help = `Existing permission sets: ${listed(existing.map(quoted)) || 'none'}.`;
      const other = setOf(selector, known.sets);
      const elsewhere = other
        ? ` in the Identity Center instance of ${where}, only in another: ${other.arn}`
        : '';
      return {
        message: `permission set ${text} doesn't exist${elsewhere}`,
        help: this.principalHelp(missing) ?? didYouMean(selectorText(selector), existing) ?? help,
      };
    }
    const elsewhere = this.elsewhere(set, missing);
    if (elsewhere) return elsewhere;
    const target = { instance: known.instance, permissionSetArn: set.arn, accountId: targetOf(missing) };
    const isOwn = target.accountId !== undefined && target.accountId === inventory.callerAccountId;
    return {
      message: `permission set ${quoted(set.name)} exists but isn't provisioned in ${where}`,
      help: `${isOwn ? `Account ${target.accountId} is that of your credentials, \`self\`. If the cluster is in another, name that with --account ID.\nOtherwise, assign` : 'Assign'} someone to create the role:\n${createAssignmentCommand(target)}`,
    };
  }

  /** Help for the name of a group or user; undefined for any other name. */
  private principalHelp({ mapping: { selector }, lookedAt }: Unresolved): string | undefined {
    if (selector.kind !== 'name') return undefined;
    const { name } = selector;
    const one = (['group', 'user'] as const)
      .map((kind) => ({ kind, name }))
      .find((principal) => this.named(principal).length > 0);
    if (!one) return undefined;
    const assigned = this.inventory.roles.filter(
      ({ accountId, permissionSet }) =>
        lookedAt.includes(accountId) && isAssigned(one, accountId, permissionSet, this.assignees),
    );
    const sets = setNames(assigned).map(quoted);
    const orMap = sets.length > 0 ? `, or map an assigned permission set: ${listed(sets)}` : '';
    return `${quoted(name)} is a ${one.kind}: write ${quoted(`${one.kind}:${name}`)}${orMap}.`;
  }

  /** The known permission sets that a name can mean: of several organizations, those of the accounts' instances. */
  private setsFor({ mapping, lookedAt }: Unresolved): readonly PermissionSet[] {
    const { inventory, isSnapshot, sets } = this;
    const instances = AccountInstances.of(inventory);
    const isCovered = lookedAt.some((id) => instances.instanceOf(id) !== undefined);
    if (mapping.selector.kind !== 'name' || !(isCovered || isSnapshot)) return sets;
    return sets.filter(({ arn }) => lookedAt.some((id) => instances.covers(id, arn)));
  }

  /** The instance of an ARN covers none of the accounts, or isn't known to. */
  private elsewhere(set: PermissionSet, missing: Unresolved): Problem | undefined {
    const { lookedAt, mapping } = missing;
    const instances = AccountInstances.of(this.inventory);
    if (mapping.selector.kind !== 'arn' || lookedAt.some((id) => instances.covers(id, set.arn)))
      return undefined;
    const where = placeText(missing, this.inventory);
    const others = [...new Set(lookedAt.flatMap((id) => instances.instanceOf(id) ?? []))];
    if (others.length > 0)
      return {
        message: `permission set ${set.arn} (${quoted(set.name)}) isn't in ${where}: Identity Center instance ${listed(others)} covers ${lookedAt.length === 1 ? 'it' : 'them'}, and the ARN is from another instance`,
        help: 'Use the ARN of a permission set in that instance, or a name.',
      };
    return {
      message: `can't tell whether permission set ${set.arn} (${quoted(set.name)}) is in ${where}: which Identity Center instance covers ${lookedAt.length === 1 ? 'it' : 'them'} is unknown`,
      help: HOW_TO_KNOW_INSTANCE,
    };
  }

  /** The problem of a mapping that names a group or user; undefined if the reason is something else. */
  private principals(missing: Unresolved): Problem | undefined {
    const { known, sets, assignees } = this;
    const { selector } = missing.mapping;
    const selectors = principalSelectorsOf(missing.mapping);
    const [first] = selectors;
    if (!first) return undefined;
    const unknown = selectors.find((one) => this.named(one).length === 0);
    if (unknown)
      return unknownPrincipal(
        { type: principalTypeOf(unknown), name: unknown.name },
        assignees,
        this.isSnapshot,
      );
    // Then the name or ARN itself, which is not a permission set, is the reason.
    if (known.kind === 'known' && isOfSet(selector) && !setOf(selector, sets)) return undefined;
    const unread = missing.exact.filter((id) => !assignees.hasAssignments(id));
    if (unread.length > 0) {
      return {
        message: `can't tell whether ${principalText(first)} is assigned anything in ${accountsText(unread)}: Identity Center doesn't list the assignments there`,
        help: "Use credentials of the management account; a delegated administrator can't list its assignments.",
      };
    }
    // A principal of another instance may have the name.
    const isOne = this.inventory.instance !== null;
    return this.withoutRole(missing) ?? this.notAssigned(missing, isOne ? this.named(first)[0] : undefined);
  }

  private named({ kind, name }: PrincipalSelector): readonly Principal[] {
    return this.assignees.named(principalTypeOf({ kind, name }), name);
  }

  /** Assigned, but the role doesn't exist yet, or someone removed it. */
  private withoutRole({ mapping, exact }: Unresolved): Problem | undefined {
    const { assignees } = this;
    const { instance } = this.inventory;
    const selectors = principalSelectorsOf(mapping);
    const known = { ...this.inventory, permissionSets: this.sets };
    const instances = AccountInstances.of(known);
    const matches = setMatcher(mapping.selector, instances);
    for (const accountId of exact) {
      const name = assignees
        .setsIn(accountId)
        .find(
          (permissionSet) =>
            matches({ accountId, permissionSet }) &&
            selectors.every((one) => isAssigned(one, accountId, permissionSet, assignees)),
        );
      if (name === undefined) continue;
      const permissionSetArn = instances.setIn(accountId, name)?.arn;
      const target = { instance, permissionSetArn, accountId };
      return {
        message: `${selectors.map(principalText).join(' with ')} is assigned permission set ${quoted(name)} in account ${accountId}, but its role doesn't exist`,
        help: `To have Identity Center create the role:\n${ssoAdminCommand('provision-permission-set', target)}`,
      };
    }
    return undefined;
  }

  private notAssigned(missing: Unresolved, principal: Principal | undefined): Problem {
    const { selector } = missing.mapping;
    const set = setOf(selector, this.setsFor(missing));
    const matching = selector.kind === 'glob' ? ` matching ${quoted(selector.glob)}` : '';
    const what = set ? `permission set ${quoted(set.name)}` : `a permission set${matching}`;
    const { instance } = this.inventory;
    const target = { instance, permissionSetArn: set?.arn, accountId: targetOf(missing) };
    const who = principalSelectorsOf(missing.mapping).map(principalText).join(' with ');
    return {
      message: `${who} isn't assigned ${what} in ${placeText(missing, this.inventory)}`,
      help: `Assign it to create the role:\n${createAssignmentCommand(target, principal)}`,
    };
  }
}

function isOfSet({ kind }: PermissionSetSelector): boolean {
  return kind === 'name' || kind === 'arn';
}

function setNames(roles: readonly Role[]): string[] {
  return [...new Set(roles.map(({ permissionSet }) => permissionSet))].sort();
}

function setOf(selector: PermissionSetSelector, sets: readonly PermissionSet[]): PermissionSet | undefined {
  return sets.find(({ arn, name }) =>
    selector.kind === 'arn' ? arn === selector.arn : selector.kind === 'name' && name === selector.name,
  );
}

function principalText({ kind, name }: PrincipalSelector): string {
  return `${kind} ${quoted(shortName(name))}`;
}

/** The accounts that must have a role, or else all that were searched. */
function placeText({ exact, lookedAt }: Unresolved, { accounts }: Inventory): string {
  if (exact.length > 0) return accountsText(exact);
  const accountOf = accountLookup(accounts);
  return `any account in scope: ${listed(lookedAt.map((id) => accountText(accountOf(id))))}`;
}

/** The account for a command; undefined if there are several. */
function targetOf({ exact, lookedAt }: Unresolved): string | undefined {
  return exact[0] ?? (lookedAt.length === 1 ? lookedAt[0] : undefined);
}

function accountsText(accounts: readonly string[]): string {
  return `${accounts.length === 1 ? 'account' : 'accounts'} ${listed(accounts)}`;
}

/** The known arguments of a command. */
interface CommandTarget {
  readonly instance: Instance | null;
  readonly permissionSetArn: string | undefined;
  readonly accountId: string | undefined;
}

function createAssignmentCommand(target: CommandTarget, principal?: Principal): string {
  const { type, id } = principal ?? { type: 'GROUP', id: 'GROUP_ID' };
  return ssoAdminCommand('create-account-assignment', target, [
    `--principal-type ${type} --principal-id ${id}`,
  ]);
}

/** An AWS CLI command, with upper-case placeholders for unknown values. */
function ssoAdminCommand(
  verb: string,
  { instance, permissionSetArn, accountId }: CommandTarget,
  more: readonly string[] = [],
): string {
  return [
    `aws sso-admin ${verb}`,
    `--instance-arn ${instance?.arn ?? 'INSTANCE_ARN'}`,
    `--permission-set-arn ${permissionSetArn ?? 'PERMISSION_SET_ARN'}`,
    `--target-type AWS_ACCOUNT --target-id ${accountId ?? 'ACCOUNT_ID'}`,
    ...more,
    ...(instance ? [`--region ${instance.region}`] : []),
  ].join(' ');
}
