import { type AwsFailure, isOfCredentials } from '../aws/failure.ts';
import { listRoles } from '../aws/iam.ts';
import { assumeRole, type Identity } from '../aws/identity.ts';
import { IdentityStore } from '../aws/identity-store.ts';
import { Organizations } from '../aws/organizations.ts';
import { AccountAssignments, SsoAdmin } from '../aws/sso-admin.ts';
import { PROVISIONED_PATH } from '../role-name.ts';
import { StringInterner } from './kept-text.ts';
import type { Instance, Role } from './model.ts';
import { provisionedRole } from './provisioned-role.ts';
import type { AssumeRole } from './session.ts';

/** Everything of AWS that a run can reach, with the credentials that each call is to have. */
export class Connection {
  readonly primary: Identity;
  readonly signal: AbortSignal;
  private readonly further: readonly Identity[];
  private readonly abort: () => void;
  private readonly identities: ReadonlyMap<string, Identity>;
  private readonly setNames = new StringInterner();

  /** @param abort ends all calls that are under way */
  constructor(primary: Identity, further: readonly Identity[], abort: () => void) {
    this.primary = primary;
    this.signal = primary.retrier.signal;
    this.further = further;
    this.abort = abort;
    // The first profile of an account is the one that counts.
    this.identities = new Map(
      [primary, ...further].reverse().map((identity) => [identity.accountId, identity]),
    );
  }

  /** Accounts that need no role to be assumed. */
  get directAccountIds(): ReadonlySet<string> {
    return new Set(this.identities.keys());
  }

  /** The profiles beside the first. */
  get furtherProfiles(): readonly { readonly accountId: string; readonly profile: string | null }[] {
    return this.further.map(({ accountId, profile }) => ({ accountId, profile }));
  }

  organizations(): Organizations {
    return new Organizations(this.primary);
  }

  ssoAdmin(region: string): SsoAdmin {
    return new SsoAdmin(this.primary, region);
  }

  accountAssignments({ region, arn }: Instance): AccountAssignments {
    return new AccountAssignments(this.primary, region, arn);
  }

  identityStore({ region, identityStoreId }: Instance): IdentityStore {
    return new IdentityStore(this.primary, region, identityStoreId);
  }

  /** The provisioned roles of an account: with its own profile's credentials, or with those of the role assumed there. */
  async readRoles(accountId: string, role: AssumeRole): Promise<Role[]> {
    const direct = this.identities.get(accountId);
    const credentials = direct ? undefined : await assumeRole(this.primary, { accountId, ...role });
    const roles = await listRoles(direct ?? this.primary, credentials, PROVISIONED_PATH);
    return roles.flatMap((one) => provisionedRole(one, accountId, this.setNames) ?? []);
  }

  /** Whether a failure to read an account is one of the caller's own credentials. */
  concernsCaller(failure: AwsFailure, accountId: string): boolean {
    const ofCaller = failure.service === 'sts' || this.identities.has(accountId);
    return ofCaller && isOfCredentials(failure);
  }

  close(): void {
    this.abort();
    for (const { clients } of [this.primary, ...this.further]) clients.close();
  }
}
