import { AwsFailure, type AwsFailureKind, isAwsFailure } from '../aws/failure.ts';
import type { SsoAdmin } from '../aws/sso-admin.ts';
import { type Failure, type Finding, unavailable } from '../errors.ts';
import { memoAsync } from '../memo.ts';
import { listed } from '../text.ts';
import type { Inventory } from './model.ts';
import {
  type OpenInstance,
  type OrganizationInstance,
  OrganizationSets,
  SetNames,
} from './permission-sets.ts';
import type { InventoryQuery } from './query.ts';

/** Where Identity Center is looked for. */
export interface HomeRegion {
  readonly region: string;
  /** The region in the path of the newest provisioned role; undefined where no role was seen. */
  readonly inPath: string | undefined;
}

/** Makes the client of a region. */
type OpenAdmin = (region: string) => Promise<SsoAdmin>;

/** Reads Identity Center for one session. */
export class IdentityCenter {
  /**
   * The organization's instance, listed once for each region.
   * @throws Failure (exit 3) where there is none
   */
  readonly organization = memoAsync(
    async (home: HomeRegion) =>
      new OrganizationSets(await listPermissionSets(await this.instancesIn(home), home), this.names),
    ({ region }) => region,
  );
  private readonly names: SetNames;
  private readonly instancesIn: (home: HomeRegion) => Promise<readonly OpenInstance[]>;

  constructor(open: OpenAdmin, onFinding: (finding: Finding) => void) {
    this.names = new SetNames(onFinding);
    this.instancesIn = memoAsync(
      (home) => openInstances(home, open),
      ({ region }) => region,
    );
  }

  /**
   * @param onCount called with the number of permission sets, where they are listed, before any of them is described
   * @throws Failure (exit 3): no instance in the region, or an AwsFailure
   */
  async read(
    wanted: InventoryQuery['permissionSets'],
    home: HomeRegion,
    onCount: (permissionSets: number) => void,
  ): Promise<Pick<Inventory, 'instance' | 'permissionSets'>> {
    if (wanted === 'none') return { instance: null, permissionSets: null };
    if (wanted === 'all') return this.readAll(home, onCount);
    const [first] = wanted;
    if (first === undefined || wanted.every((arn) => this.names.of(arn) !== undefined))
      return { instance: null, permissionSets: this.names.among(wanted) };
    const instances = await this.instancesIn(home);
    await this.names.describe(wanted, (arn) => instanceOfSet(arn, instances));
    return { instance: instanceOfSet(first, instances).instance, permissionSets: this.names.among(wanted) };
  }

  /** Every permission set there is. */
  async readAll(home: HomeRegion, onCount: (permissionSets: number) => void = () => {}) {
    const organization = await this.organization(home);
    onCount(organization.arns.length);
    await organization.describeAll();
    return { instance: organization.instance, permissionSets: organization.named() };
  }
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
  const refused = (kind: AwsFailureKind) => refusals.find((refusal) => refusal.kind === kind);
  const worst = refused('contradiction') ?? refused('denied');
  if (worst) throw worst;
  const notFound = refused('not-found');
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
