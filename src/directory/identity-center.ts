import { AwsFailure, type AwsFailureKind, isAwsFailure } from '../aws/failure.ts';
import type { SsoAdmin } from '../aws/sso-admin.ts';
import { type Failure, type Finding, note, unavailable } from '../errors.ts';
import { memoAsync } from '../memo.ts';
import { listed } from '../text.ts';
import { instanceIdOf } from './instances.ts';
import type { Account, Inventory } from './model.ts';
import {
  type OpenInstance,
  type OrganizationInstance,
  OrganizationSets,
  SetNames,
} from './permission-sets.ts';
import type { InventoryQuery } from './query.ts';

/** The region to look for Identity Center in. */
export interface HomeRegion {
  readonly region: string;
  /** The region in the newest provisioned role's path; undefined without roles. */
  readonly inPath: string | undefined;
}

/** Creates a region's client. */
type OpenAdmin = (region: string) => Promise<SsoAdmin>;

/** Reads Identity Center for one session. */
export class IdentityCenter {
  /**
   * The organization's instance, listed once per region.
   * @throws Failure (exit 3) if there is no instance
   */
  readonly organization = memoAsync(
    async (home: HomeRegion) =>
      new OrganizationSets(
        await listPermissionSets(await this.instancesIn(home), home, this.managementAccountId),
        this.names,
      ),
    ({ region }) => region,
  );
  private readonly names: SetNames;
  private readonly managementAccountId: () => Promise<string>;
  private readonly instancesIn: (home: HomeRegion) => Promise<readonly OpenInstance[]>;
  private readonly opened = new Map<string, OpenInstance>();
  /** False too if the call is denied: then it isn't known whether the instance covers the account. */
  private readonly hasSetsIn = memoAsync(
    async ({ open: { instance, admin }, id }: { readonly open: OpenInstance; readonly id: string }) => {
      try {
        return (await admin.permissionSetsOf(instance.arn, id)).length > 0;
      } catch (error) {
        if (!isAwsFailure(error, 'denied', 'not-found')) throw error;
        if (error.kind === 'denied') {
          const message = `can't tell whether instance ${instance.arn} covers account ${id}, so its roles match no permission set ARN: ${error.detail}`;
          this.onFinding(note('instance-unknown', message));
        }
        return false;
      }
    },
    ({ open, id }) => `${open.instance.arn} ${id}`,
  );
  private readonly onFinding: (finding: Finding) => void;

  /** @param managementAccountId looks up the organization's management account */
  constructor(
    open: OpenAdmin,
    onFinding: (finding: Finding) => void,
    managementAccountId: () => Promise<string>,
    onProgress: (done: number, total: number) => void = () => {},
  ) {
    this.onFinding = onFinding;
    this.names = new SetNames(onFinding, onProgress);
    this.managementAccountId = managementAccountId;
    this.instancesIn = memoAsync(
      async (home) => {
        const instances = await openInstances(home, open);
        for (const one of instances) this.opened.set(one.instance.arn, one);
        return instances;
      },
      ({ region }) => region,
    );
  }

  /**
   * @throws Failure (exit 3): no instance in the region, or an AwsFailure
   */
  async read(
    wanted: InventoryQuery['permissionSets'],
    home: HomeRegion,
  ): Promise<Pick<Inventory, 'instance' | 'permissionSets'>> {
    if (wanted === 'none') return { instance: null, permissionSets: null };
    if (wanted === 'all') return this.readAll(home);
    const [first] = wanted;
    if (first === undefined || wanted.every((arn) => this.names.of(arn) !== undefined))
      return { instance: null, permissionSets: this.names.among(wanted) };
    const instances = await this.instancesIn(home);
    await this.names.describe(wanted, (arn) => instanceOfSet(arn, instances));
    return { instance: instanceOfSet(first, instances).instance, permissionSets: this.names.among(wanted) };
  }

  /**
   * The inventory with the accounts that its instance covers: those that Organizations lists, and those where Identity
   * Center has assignments or permission sets. Account IDs and further profiles can belong to other organizations.
   * @param isOrganization true if accounts were listed by the organization with this management account
   */
  async withCoverage(
    inventory: Inventory,
    isOrganization: (managementAccountId: string | null) => Promise<boolean>,
  ): Promise<Inventory> {
    const known = inventory.instance?.arn ?? inventory.permissionSets?.[0]?.arn ?? '';
    const open = [...this.opened.values()].find(
      ({ instance }) => instanceIdOf(instance.arn) === instanceIdOf(known),
    );
    if (!open) return inventory;
    const { arn } = open.instance;
    const { ownerAccountId } = open;
    const isListing = inventory.accounts.some(({ state }) => state !== null);
    const isListed = isListing && (await isOrganization(ownerAccountId));
    const withRoles = new Set(inventory.roles.map(({ accountId }) => accountId));
    const assigned = new Set(inventory.assignments?.map(({ accountId }) => accountId));
    const covers = async ({ id, state }: Account) => {
      if ((isListed && state !== null) || id === ownerAccountId || assigned.has(id)) return true;
      return withRoles.has(id) && (await this.hasSetsIn({ open, id }));
    };
    const accounts = await Promise.all(
      inventory.accounts.map(async (account) => ({
        ...account,
        instance: (await covers(account)) ? arn : null,
      })),
    );
    return { ...inventory, accounts };
  }

  /** All permission sets. */
  async readAll(home: HomeRegion) {
    const organization = await this.organization(home);
    await organization.describeAll();
    return { instance: organization.instance, permissionSets: organization.named() };
  }
}

/**
 * Starts reading Identity Center while roles are still being read, in the stated region or the first roles' region. The
 * region is only certain once all roles are known; if it differs, the read is repeated there. It is also repeated if
 * the early read found too little, because that message includes the region. Failures of AWS are not retried.
 */
export class EarlyRead<Answer> {
  private readonly read: (home: HomeRegion) => Promise<Answer>;
  private early: { readonly region: string; readonly answer: Promise<Answer> } | undefined;

  constructor(read: (home: HomeRegion) => Promise<Answer>) {
    this.read = read;
  }

  /** Starts, unless already started or the region is unknown. */
  start(region: string | undefined): void {
    if (this.early || region === undefined) return;
    const answer = this.read({ region, inPath: undefined });
    answer.catch(() => {});
    this.early = { region, answer };
  }

  async finish(home: HomeRegion): Promise<Answer> {
    if (this.early?.region !== home.region) return this.read(home);
    try {
      return await this.early.answer;
    } catch (error) {
      if (error instanceof AwsFailure) throw error;
      return this.read(home);
    }
  }
}

/**
 * The instances listed in the region: the organization's and account instances.
 * @throws Failure (exit 3) if there are no instances
 */
async function openInstances(home: HomeRegion, open: OpenAdmin): Promise<OpenInstance[]> {
  const instances = await (await open(home.region)).instances();
  if (instances.length === 0) throw noInstance(home);
  return Promise.all(
    instances.map(async ({ ownerAccountId, ...instance }) => ({
      instance,
      admin: await open(instance.region),
      ownerAccountId,
    })),
  );
}

/**
 * The organization's instance with all its permission sets. Account instances have none: their list fails with varying
 * errors, or is empty; then the next instance is tried. An empty list is the organization's only if the management
 * account owns the instance.
 * @throws Failure (exit 3) if only account instances are found; AwsFailure if one was denied, isn't found or
 *   contradicts itself
 */
export async function listPermissionSets(
  instances: readonly OpenInstance[],
  home: HomeRegion,
  managementAccountId: () => Promise<string>,
): Promise<OrganizationInstance> {
  const refusals: AwsFailure[] = [];
  const answers: OrganizationInstance[] = [];
  for (const candidate of instances) {
    try {
      const arns = await candidate.admin.permissionSetArns(candidate.instance.arn);
      answers.push({ ...candidate, arns });
    } catch (error) {
      if (!isAwsFailure(error, 'invalid-request', 'denied', 'not-found', 'contradiction')) throw error;
      refusals.push(error);
    }
  }
  const [found, second] = answers.filter(({ arns }) => arns.length > 0);
  // Only the organization's instance has permission sets.
  if (found && second)
    throw found.admin.contradiction(
      'ListPermissionSets',
      `the instances ${found.instance.arn} and ${second.instance.arn} both have permission sets`,
    );
  if (found) return found;
  const refused = (kind: AwsFailureKind) => refusals.find((refusal) => refusal.kind === kind);
  const worst = refused('contradiction') ?? refused('denied');
  if (worst) throw worst;
  const notFound = refused('not-found');
  if (notFound) throw notPrimary(notFound, home);
  const owners = answers.flatMap(({ ownerAccountId }) => ownerAccountId ?? []);
  const managementId = owners.length > 0 ? await unlessNoOrganization(managementAccountId()) : null;
  const empty = answers.find(
    ({ ownerAccountId }) => ownerAccountId === null || ownerAccountId === managementId,
  );
  if (empty) return empty;
  throw unavailable({
    message: `only found account instances of Identity Center, which have no permission sets: ${instanceList(instances)}`,
    help: "Set the home region of the organization's instance with --sso-region.",
  });
}

async function unlessNoOrganization(accountId: Promise<string>): Promise<string | null> {
  try {
    return await accountId;
  } catch (error) {
    if (isAwsFailure(error, 'no-organization')) return null;
    throw error;
  }
}

/**
 * The instance in a permission set's ARN.
 * @throws Failure (exit 3) if it isn't listed
 */
function instanceOfSet(arn: string, instances: readonly OpenInstance[]): OpenInstance {
  const id = /:permissionSet\/(ssoins-[^/]+)\//.exec(arn)?.[1];
  const found = instances.find(({ instance }) => instance.arn.endsWith(`/${id}`));
  if (found) return found;
  throw unavailable({
    message: `the Identity Center instance of ${arn} wasn't found; found ${instanceList(instances)}`,
    help: 'Check the ARN, or set the home region of its instance with --sso-region.',
  });
}

function noInstance({ region, inPath }: HomeRegion): Failure {
  const message = `no Identity Center instance found in region ${region}`;
  if (inPath === undefined) {
    return unavailable({ message, help: 'Set its home region with --sso-region.' });
  }
  return unavailable({
    message: `${message}; the provisioned roles are from ${inPath}`,
    help:
      inPath === region
        ? 'Check that Identity Center is still enabled there.'
        : `Use --sso-region ${inPath}.`,
  });
}

/**
 * Identity Center is listed in all regions it is replicated to, but its permission sets can only be read in the primary
 * one.
 */
function notPrimary({ region, detail }: AwsFailure, { inPath }: HomeRegion): Failure {
  return unavailable({
    message: `Identity Center is listed in region ${region}, but its permission sets can't be read there: ${detail}`,
    help:
      inPath === undefined || inPath === region
        ? 'The region may only be a replica: set the primary region with --sso-region.'
        : `The provisioned roles are from ${inPath}: use --sso-region ${inPath}.`,
  });
}

function instanceList(instances: readonly OpenInstance[]): string {
  return listed(instances.map(({ instance }) => `${instance.arn} in ${instance.region}`));
}
