import type { LimitFunction } from 'p-limit';
import { AwsFailure } from '../../aws/failure.ts';
import type { Finding } from '../../errors.ts';
import { compareText } from '../../order.ts';
import { listed } from '../../printable.ts';
import type { Provisioning } from '../model.ts';
import type { OpenInstance } from './instance.ts';
import { cheaperVerification } from './provisioning-plan.ts';

/** The accounts to ask about. */
export interface ProvisioningScope {
  readonly accountIds: readonly string[];
  readonly organizationSize: number | null;
}

/** Which of the permission sets are provisioned in which accounts of the scope, ordered by account and ARN. */
export async function readProvisioning(
  place: OpenInstance,
  arns: readonly string[],
  { accountIds, organizationSize }: ProvisioningScope,
  limit: LimitFunction,
  onFinding: (finding: Finding) => void,
): Promise<Provisioning[]> {
  const { by } = cheaperVerification(accountIds.length, arns.length, organizationSize ?? accountIds.length);
  const found =
    by === 'set'
      ? await readBySet(place, arns, limit)
      : await readByAccount(place, accountIds, limit, onFinding);
  const [accounts, sets] = [new Set(accountIds), new Set(arns)];
  return found
    .filter(({ accountId, permissionSetArn }) => accounts.has(accountId) && sets.has(permissionSetArn))
    .sort(
      (one, other) =>
        compareText(one.accountId, other.accountId) ||
        compareText(one.permissionSetArn, other.permissionSetArn),
    );
}

async function readBySet(
  { admin, instance }: OpenInstance,
  arns: readonly string[],
  limit: LimitFunction,
): Promise<Provisioning[]> {
  const read = async (permissionSetArn: string) => {
    const ids = await admin.accountsOf(instance.arn, permissionSetArn);
    return [...new Set(ids)].map((accountId) => ({ accountId, permissionSetArn }));
  };
  return (await Promise.all(arns.map((arn) => limit(read, arn)))).flat();
}

async function readByAccount(
  { admin, instance }: OpenInstance,
  accountIds: readonly string[],
  limit: LimitFunction,
  onFinding: (finding: Finding) => void,
): Promise<Provisioning[]> {
  const refused: { accountId: string; failure: AwsFailure }[] = [];
  const read = async (accountId: string) => {
    try {
      const arns = await admin.permissionSetsOf(instance.arn, accountId);
      return [...new Set(arns)].map((permissionSetArn) => ({ accountId, permissionSetArn }));
    } catch (failure) {
      if (!(failure instanceof AwsFailure) || !(failure.kind === 'denied' || failure.kind === 'not-found'))
        throw failure;
      refused.push({ accountId, failure });
      return [];
    }
  };
  const found = (await Promise.all(accountIds.map((id) => limit(read, id)))).flat();
  const [first] = refused;
  if (first && refused.length === accountIds.length) throw first.failure;
  if (first)
    onFinding(
      provisioningUnknown(
        refused.map(({ accountId }) => accountId),
        first.failure,
      ),
    );
  return found;
}

/** A delegated administrator does not see what is provisioned in the management account. */
function provisioningUnknown(accountIds: readonly string[], { detail }: AwsFailure): Finding {
  return {
    severity: 'warning',
    code: 'provisioning-unknown',
    message: `Identity Center does not tell what is provisioned in ${listed(accountIds)}: ${detail}`,
  };
}
