import { AwsFailure } from '../../aws/failure.ts';
import type { SsoAdmin } from '../../aws/sso-admin.ts';
import { type Failure, unavailable } from '../../errors.ts';
import { listed } from '../../text.ts';
import type { Instance } from '../model.ts';

/** Where Identity Center is looked for. */
export interface HomeRegion {
  readonly asked: string;
  /** The one in the path of the newest provisioned role; undefined where no role was seen. */
  readonly seen: string | undefined;
}

/** An instance, and the way to ask it: in its home region. */
export interface OpenInstance {
  readonly instance: Instance;
  readonly admin: SsoAdmin;
  /** Of the organization's instance, the management account; null where AWS does not say. */
  readonly ownerAccountId: string | null;
}

/** The organization's instance with the ARNs of all its permission sets. */
export type OrganizationInstance = OpenInstance & { readonly arns: readonly string[] };

/**
 * The instances that show in the region, the organization's and those of single accounts.
 * @throws Failure (exit 3) where there is none
 */
export async function openInstances(
  region: HomeRegion,
  open: (region: string) => SsoAdmin,
): Promise<OpenInstance[]> {
  const instances = await open(region.asked).instances();
  if (instances.length === 0) throw noInstance(region);
  return instances.map(({ ownerAccountId, ...instance }) => ({
    instance,
    admin: open(instance.region),
    ownerAccountId,
  }));
}

/**
 * The organization's instance with all its permission sets. Those of single accounts have none and refuse to list them, in whatever
 * words: the next one is tried.
 * @throws Failure (exit 3) where all are instances of single accounts, or the refusal where one of them was denied
 */
export async function listPermissionSets(instances: readonly OpenInstance[]): Promise<OrganizationInstance> {
  let denied: AwsFailure | undefined;
  for (const one of instances) {
    try {
      return { ...one, arns: await one.admin.permissionSetArns(one.instance.arn) };
    } catch (error) {
      if (!(error instanceof AwsFailure) || (error.kind !== 'invalid' && error.kind !== 'denied'))
        throw error;
      if (error.kind === 'denied') denied ??= error;
    }
  }
  if (denied) throw denied;
  throw unavailable({
    message: `only account instances of Identity Center show here, which have no permission sets: ${instanceList(instances)}`,
    help: "Name the home region of the organization's instance with --sso-region.",
  });
}

/**
 * The instance that a permission set's ARN belongs to.
 * @throws Failure (exit 3) where it does not show
 */
export function instanceOfSet(arn: string, instances: readonly OpenInstance[]): OpenInstance {
  const id = /:permissionSet\/(ssoins-[^/]+)\//.exec(arn)?.[1];
  const found = instances.find(({ instance }) => instance.arn.endsWith(`/${id}`));
  if (found) return found;
  throw unavailable({
    message: `the Identity Center instance of ${arn} does not show here, only ${instanceList(instances)}`,
    help: 'Check the ARN, or name the home region of its instance with --sso-region.',
  });
}

function noInstance({ asked, seen }: HomeRegion): Failure {
  const message = `no Identity Center instance shows in region ${asked}`;
  if (seen === undefined) {
    return unavailable({ message, help: 'Name its home region with --sso-region.' });
  }
  return unavailable({
    message: `${message}; the paths of provisioned roles name ${seen}`,
    help: seen === asked ? 'Check that Identity Center is still enabled there.' : `Use --sso-region ${seen}.`,
  });
}

function instanceList(instances: readonly OpenInstance[]): string {
  return listed(instances.map(({ instance }) => `${instance.arn} in ${instance.region}`));
}
