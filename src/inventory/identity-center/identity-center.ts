import pLimit from 'p-limit';
import { AwsFailure } from '../../aws/failure.ts';
import type { SsoAdmin } from '../../aws/sso-admin.ts';
import type { Finding } from '../../errors.ts';
import { PromiseCache } from '../memory.ts';
import type { Instance, PermissionSet } from '../model.ts';
import type { InventoryQuery } from '../query.ts';
import {
  type HomeRegion,
  instanceOfSet,
  listPermissionSets,
  type OpenInstance,
  type OrganizationInstance,
  openInstances,
} from './instance.ts';

/** What Identity Center said; null where it was not asked. */
export interface IdentityCenterAnswer {
  readonly instance: Instance | null;
  readonly permissionSets: readonly PermissionSet[] | null;
}

/** Calls in flight; pacing decides how many there are per second. */
const CONCURRENCY = 16;

/** Reads Identity Center for one session, and remembers the names of permission sets: they never change. */
export class IdentityCenter {
  readonly names = new Map<string, string>();
  private readonly open: (region: string) => SsoAdmin;
  private readonly onFinding: (finding: Finding) => void;
  private readonly limit = pLimit(CONCURRENCY);
  private readonly instances = new PromiseCache<OpenInstance[]>();
  private readonly organizations = new PromiseCache<OrganizationInstance>();
  private readonly describing = new PromiseCache<void>();

  constructor(open: (region: string) => SsoAdmin, onFinding: (finding: Finding) => void) {
    this.open = open;
    this.onFinding = onFinding;
  }

  /** Whether the question can be answered without a call. */
  knows({ permissionSets }: InventoryQuery): boolean {
    if (permissionSets === 'all') return false;
    return permissionSets === 'none' || permissionSets.every((arn) => this.names.has(arn));
  }

  /**
   * @param onCount hears how many permission sets there are, where they are listed, before any of them is asked about
   * @throws Failure (exit 3): no instance in the region, or an AwsFailure
   */
  async read(
    question: InventoryQuery,
    region: HomeRegion,
    onCount: (permissionSets: number) => void,
  ): Promise<IdentityCenterAnswer> {
    const wanted = question.permissionSets;
    if (wanted === 'none') return this.answer(null, null);
    if (wanted === 'all') return this.all(region, onCount);
    if (this.knows(question)) return this.answer(null, wanted);
    return this.readStated(wanted, await this.openInstances(region));
  }

  /** Every permission set there is. */
  async all(
    region: HomeRegion,
    onCount: (permissionSets: number) => void = () => {},
  ): Promise<IdentityCenterAnswer> {
    const place = await this.organization(region);
    onCount(place.arns.length);
    await this.describe(place.arns, () => place);
    return this.answer(place.instance, place.arns);
  }

  /**
   * The organization's instance, listed once for each region.
   * @throws Failure (exit 3) where there is none
   */
  organization(region: HomeRegion): Promise<OrganizationInstance> {
    return this.organizations.recall(region.asked, async () =>
      listPermissionSets(await this.openInstances(region)),
    );
  }

  private openInstances(region: HomeRegion): Promise<OpenInstance[]> {
    return this.instances.recall(region.asked, () => openInstances(region, this.open));
  }

  private async readStated(
    wanted: readonly string[],
    instances: readonly OpenInstance[],
  ): Promise<IdentityCenterAnswer> {
    const place = (arn: string) => instanceOfSet(arn, instances);
    await this.describe(wanted, place);
    const [first] = wanted;
    return this.answer(first === undefined ? null : place(first).instance, wanted);
  }

  /** Of the sets those whose names are known. */
  private answer(instance: Instance | null, arns: readonly string[] | null): IdentityCenterAnswer {
    const permissionSets = arns?.flatMap((arn) => {
      const name = this.names.get(arn);
      return name === undefined ? [] : { arn, name };
    });
    return { instance, permissionSets: permissionSets ?? null };
  }

  /**
   * Learns the names of permission sets, those alone that are not known.
   * @param isEnough ends it early; asked before each call
   */
  async describe(
    arns: readonly string[],
    place: (arn: string) => OpenInstance,
    isEnough: () => boolean = () => false,
  ): Promise<void> {
    const unknown = [...new Set(arns)].filter((arn) => !this.names.has(arn));
    const one = (arn: string) => this.describing.recall(arn, () => this.describeOne(arn, place(arn)));
    await Promise.all(unknown.map((arn) => this.limit(async () => (isEnough() ? undefined : one(arn)))));
  }

  private async describeOne(arn: string, { instance, admin }: OpenInstance): Promise<void> {
    try {
      const name = await admin.permissionSetName(instance.arn, arn);
      if (name !== undefined) this.names.set(arn, name);
    } catch (error) {
      if (!(error instanceof AwsFailure) || (error.kind !== 'not-found' && error.kind !== 'invalid'))
        throw error;
      this.onFinding({
        severity: 'warning',
        code: 'permission-set-unknown',
        message: `Identity Center knows no permission set ${arn}: ${error.detail}`,
      });
    }
  }
}
