import pLimit from 'p-limit';
import { AwsFailure, isAwsFailure } from '../aws/failure.ts';
import { PromiseCache } from '../aws/service-api.ts';
import type { SsoAdmin } from '../aws/sso-admin.ts';
import { type Failure, type Finding, unavailable } from '../errors.ts';
import { listed, quoted } from '../text.ts';
import type { Instance, PermissionSet, Role } from './model.ts';
import type { InventoryQuery } from './query.ts';

/** Where Identity Center is looked for. */
export interface HomeRegion {
  readonly region: string;
  /** The region in the path of the newest provisioned role; undefined where no role was seen. */
  readonly inPath: string | undefined;
}

/** An instance, and the client of its home region. */
export interface OpenInstance {
  readonly instance: Instance;
  readonly admin: SsoAdmin;
  /** Of the organization's instance, the management account; null where AWS does not say. */
  readonly ownerAccountId: string | null;
}

/** The organization's instance with the ARNs of all its permission sets. */
export type OrganizationInstance = OpenInstance & { readonly arns: readonly string[] };

/** What was read of Identity Center; null where nothing was. */
export interface IdentityCenterAnswer {
  readonly instance: Instance | null;
  readonly permissionSets: readonly PermissionSet[] | null;
}

/** The organization's instance, and all its permission sets. */
export interface InstanceSets {
  readonly instance: Instance;
  readonly permissionSets: readonly PermissionSet[];
}

/** Makes the client of a region. */
type OpenAdmin = (region: string) => Promise<SsoAdmin>;

/** Calls in flight; the rate limit decides how many there are per second. */
const CONCURRENCY = 16;

/** Reads Identity Center for one session, and caches the names of permission sets: they never change. */
export class IdentityCenter {
  private readonly open: OpenAdmin;
  private readonly onFinding: (finding: Finding) => void;
  private readonly limit = pLimit(CONCURRENCY);
  private readonly names = new Map<string, string>();
  private readonly instances = new PromiseCache<OpenInstance[]>();
  private readonly organizations = new PromiseCache<OrganizationInstance>();
  private readonly descriptions = new PromiseCache<void>();
  /** Permission sets that AWS does not find. */
  private readonly lost = new Map<string, AwsFailure>();
  /** By name, within an instance. */
  private readonly arns = new Map<string, string>();

  constructor(open: OpenAdmin, onFinding: (finding: Finding) => void) {
    this.open = open;
    this.onFinding = onFinding;
  }

  /** The name of a permission set, if it was read. */
  nameOf(arn: string): string | undefined {
    return this.names.get(arn);
  }

  /** Those of the permission sets whose names were read. */
  named(arns: readonly string[]): PermissionSet[] {
    return arns.flatMap((arn) => {
      const name = this.nameOf(arn);
      return name === undefined ? [] : { arn, name };
    });
  }

  /**
   * @param onCount called with the number of permission sets, where they are listed, before any of them is described
   * @throws Failure (exit 3): no instance in the region, or an AwsFailure
   */
  async read(
    wanted: InventoryQuery['permissionSets'],
    home: HomeRegion,
    onCount: (permissionSets: number) => void,
  ): Promise<IdentityCenterAnswer> {
    if (wanted === 'none') return { instance: null, permissionSets: null };
    if (wanted === 'all') return this.readAll(home, onCount);
    const [first] = wanted;
    if (first === undefined || wanted.every((arn) => this.names.has(arn)))
      return { instance: null, permissionSets: this.named(wanted) };
    const instances = await this.instancesIn(home);
    await this.describe(wanted, (arn) => instanceOfSet(arn, instances));
    return { instance: instanceOfSet(first, instances).instance, permissionSets: this.named(wanted) };
  }

  /** Every permission set there is. */
  async readAll(
    home: HomeRegion,
    onCount: (permissionSets: number) => void = () => {},
  ): Promise<InstanceSets> {
    const organization = await this.organization(home);
    onCount(organization.arns.length);
    await this.describe(organization.arns, () => organization);
    await this.requireDescribed(organization);
    return { instance: organization.instance, permissionSets: this.named(organization.arns) };
  }

  /**
   * The organization's instance, listed once for each region.
   * @throws Failure (exit 3) where there is none
   */
  organization(home: HomeRegion): Promise<OrganizationInstance> {
    return this.organizations.get(home.region, async () =>
      listPermissionSets(await this.instancesIn(home), home),
    );
  }

  /**
   * Reads the names of permission sets that are not known yet.
   * @param isEnough ends it early; called before each call to AWS
   */
  async describe(
    arns: readonly string[],
    instanceOf: (arn: string) => OpenInstance,
    isEnough: () => boolean = () => false,
  ): Promise<void> {
    const describe = (arn: string) =>
      this.descriptions.get(arn, () => this.describeSet(arn, instanceOf(arn)));
    await Promise.all(arns.map((arn) => this.limit(async () => (isEnough() ? undefined : describe(arn)))));
  }

  /**
   * Permission sets may be deleted while they are described: then they are listed once more.
   * @throws AwsFailure `contradiction` for one that is still listed, and was not found
   */
  async requireDescribed({ instance, admin, arns }: OrganizationInstance): Promise<void> {
    const lost = arns.filter((arn) => this.lost.has(arn));
    if (lost.length === 0) return;
    const listedNow = new Set(await admin.permissionSetArns(instance.arn));
    const [arn] = lost.filter((one) => listedNow.has(one));
    const failure = this.lost.get(arn ?? '');
    if (arn === undefined || !failure) return;
    const detail = `${failure.detail} (${arn}), and ListPermissionSets still lists it`;
    throw failure.with({ kind: 'contradiction', detail });
  }

  private instancesIn(home: HomeRegion): Promise<OpenInstance[]> {
    return this.instances.get(home.region, () => openInstances(home, this.open));
  }

  /** Within an instance, names are unique. */
  private requireOneOf(name: string, arn: string, instance: Instance, admin: SsoAdmin): void {
    const key = `${instance.arn} ${name}`;
    const other = this.arns.get(key) ?? arn;
    this.arns.set(key, arn);
    if (other === arn) return;
    throw admin.contradiction('DescribePermissionSet', `${other} and ${arn} are both called ${quoted(name)}`);
  }

  private async describeSet(arn: string, { instance, admin }: OpenInstance): Promise<void> {
    try {
      const name = await admin.permissionSetName(instance.arn, arn);
      this.requireOneOf(name, arn, instance, admin);
      this.names.set(arn, name);
    } catch (error) {
      if (!isAwsFailure(error, 'not-found', 'invalid-request')) throw error;
      this.lost.set(arn, error);
      this.onFinding({
        severity: 'warning',
        code: 'permission-set-unknown',
        message: `permission set ${arn} not found: ${error.detail}`,
      });
    }
  }
}

/**
 * The permission sets that Identity Center says are provisioned in an account; undefined where that may not be asked, or it does not know the
 * account.
 * @throws AwsFailure `contradiction` for one that is not among all of the instance
 */
export async function setsIn(
  { admin, instance, arns }: OrganizationInstance,
  accountId: string,
): Promise<readonly string[] | undefined> {
  try {
    const provisioned = await admin.permissionSetsOf(instance.arn, accountId);
    const all = new Set(arns);
    const stray = provisioned.find((arn) => !all.has(arn));
    if (stray === undefined) return provisioned;
    throw admin.contradiction(
      'ListPermissionSets',
      `it ends without ${stray}, which ListPermissionSetsProvisionedToAccount has in account ${accountId}`,
    );
  } catch (error) {
    if (isAwsFailure(error, 'denied', 'not-found')) return undefined;
    throw error;
  }
}

/**
 * Every provisioned role is named after a permission set. One may be left over from a set that was deleted; before that is believed, the accounts of
 * such roles are asked which sets they have.
 * @param named knows the names of all permission sets of the instance
 * @throws AwsFailure `contradiction` where the list of permission sets ended too soon, or is empty
 */
export async function requireSets(
  organization: OrganizationInstance,
  named: Pick<IdentityCenter, 'named'>,
  roles: readonly Pick<Role, 'accountId' | 'permissionSet'>[],
): Promise<void> {
  const { admin, instance, arns } = organization;
  const names = new Set(named.named(arns).map(({ name }) => name));
  const [lost, ...others] = roles.filter(({ permissionSet }) => !names.has(permissionSet));
  if (!lost) return;
  if (arns.length === 0) {
    const detail = `instance ${instance.arn} has no permission set, and account ${lost.accountId} has the role of one called ${quoted(lost.permissionSet)}`;
    throw admin.contradiction('ListPermissionSets', detail);
  }
  const accountIds = new Set([lost, ...others].map(({ accountId }) => accountId));
  await Promise.all([...accountIds].map((id) => setsIn(organization, id)));
}

/**
 * A read of Identity Center that begins while roles are still being read: in the region that is stated or that the first roles name.
 * Only when all roles are known is the region certain; should it be another, it is read again there. So it is where the early read
 * found too little, for the region is part of that message; what AWS refused or did not answer is not asked for once more.
 */
export class EarlyRead<Answer> {
  private readonly read: (home: HomeRegion) => Promise<Answer>;
  private early: { readonly region: string; readonly answer: Promise<Answer> } | undefined;

  constructor(read: (home: HomeRegion) => Promise<Answer>) {
    this.read = read;
  }

  /** Begins, unless it has begun or the region is not known. */
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
 * The instances that show in the region, the organization's and those of single accounts.
 * @throws Failure (exit 3) where there is none
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
 * The organization's instance with all its permission sets. Those of single accounts have none: they refuse to list them, with varying errors, or
 * the list is empty; then the next one is tried.
 * @throws Failure (exit 3) where all are instances of single accounts, or the refusal where one of them was denied, is not found or contradicts
 * itself
 */
export async function listPermissionSets(
  instances: readonly OpenInstance[],
  home: HomeRegion,
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
  if (found && second) throw severalOrganizations(found, second);
  if (found) return found;
  const contradictory = refusals.find(({ kind }) => kind === 'contradiction');
  if (contradictory) throw contradictory;
  const denied = refusals.find(({ kind }) => kind === 'denied');
  if (denied) throw denied;
  const notFound = refusals.find(({ kind }) => kind === 'not-found');
  if (notFound) throw notPrimary(notFound, home);
  const [empty] = answers;
  if (empty) return empty;
  throw unavailable({
    message: `found only account instances of Identity Center, which have no permission sets: ${instanceList(instances)}`,
    help: "Set the home region of the organization's instance with --sso-region.",
  });
}

/** Only the organization's instance has permission sets. */
function severalOrganizations(one: OpenInstance, other: OpenInstance): AwsFailure {
  const detail = `the instances ${one.instance.arn} and ${other.instance.arn} both have permission sets`;
  return one.admin.contradiction('ListPermissionSets', detail);
}

/**
 * The instance that a permission set's ARN belongs to.
 * @throws Failure (exit 3) where it does not show
 */
function instanceOfSet(arn: string, instances: readonly OpenInstance[]): OpenInstance {
  const id = /:permissionSet\/(ssoins-[^/]+)\//.exec(arn)?.[1];
  const found = instances.find(({ instance }) => instance.arn.endsWith(`/${id}`));
  if (found) return found;
  throw unavailable({
    message: `the Identity Center instance of ${arn} was not found, only ${instanceList(instances)}`,
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

/** Identity Center shows in the regions that it is replicated to, but its permission sets are read in the primary one alone. */
function notPrimary({ region, detail }: AwsFailure, { inPath }: HomeRegion): Failure {
  return unavailable({
    message: `Identity Center shows in region ${region}, but its permission sets cannot be read there: ${detail}`,
    help:
      inPath === undefined || inPath === region
        ? 'The region may be one that it is replicated to: set its primary region with --sso-region.'
        : `The provisioned roles are from ${inPath}: use --sso-region ${inPath}.`,
  });
}

function instanceList(instances: readonly OpenInstance[]): string {
  return listed(instances.map(({ instance }) => `${instance.arn} in ${instance.region}`));
}
