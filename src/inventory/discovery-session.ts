import { interrupted } from '../aws/abort.ts';
import type { Connection } from './connection.ts';
import { Discovery } from './discovery.ts';
import { homeRegionIn } from './identity-center/home-region.ts';
import { IdentityCenter, type IdentityCenterAnswer } from './identity-center/identity-center.ts';
import type { HomeRegion } from './identity-center/instance.ts';
import type { ProgressTracker } from './meter.ts';
import type { Account, Instance, Inventory, PermissionSet, Role } from './model.ts';
import { PeopleTask } from './people/people-task.ts';
import { withPeople } from './people/with-people.ts';
import type { InventoryQuery, PeopleQuery } from './query.ts';
import type { AwsOptions, AwsSession } from './session.ts';

/** The options once their defaults are filled in. */
export interface SessionOptions extends AwsOptions {
  readonly concurrency: number;
}

/** What `openAws` hands out. */
export class DiscoverySession implements AwsSession {
  readonly connection: Connection;
  readonly options: SessionOptions;
  readonly meter: ProgressTracker;
  readonly identityCenter: IdentityCenter;
  organization: readonly Account[] | null = null;
  instance: Instance | null = null;
  private everySet: readonly PermissionSet[] | null = null;

  constructor(connection: Connection, options: SessionOptions, meter: ProgressTracker) {
    this.connection = connection;
    this.options = options;
    this.meter = meter;
    this.identityCenter = new IdentityCenter(
      (region) => connection.ssoAdmin(region),
      (finding) => options.onFinding?.(finding),
    );
  }

  get callerAccountId(): string {
    return this.connection.primary.accountId;
  }

  get partition(): string {
    return this.connection.primary.partition;
  }

  async discover(question: InventoryQuery): Promise<Inventory> {
    const discovery = new Discovery(this, question);
    const inventory = await this.untilAborted(discovery.run());
    this.organization = discovery.organization ?? this.organization;
    this.instance = inventory.instance ?? this.instance;
    if (question.permissionSets === 'all') this.everySet = inventory.permissionSets;
    return inventory;
  }

  async permissionSets(inventory: Inventory): Promise<readonly PermissionSet[]> {
    this.everySet ??= await this.untilAborted(this.readEverySet(inventory));
    return this.everySet;
  }

  async people(inventory: Inventory, question: PeopleQuery): Promise<Inventory> {
    const task = new PeopleTask(this, question);
    const read = inventory.accounts.filter(({ rolesRead }) => rolesRead).map(({ id }) => id);
    task.hear(inventory.roles);
    const answer = await this.untilAborted(task.finish(inventory.roles, new Set(read)));
    this.instance = answer.instance ?? this.instance;
    return withPeople(inventory, answer);
  }

  /** `--sso-region`, else the region in the paths of the roles, else the one that everything else is called in. */
  homeRegion(roles: readonly Role[]): HomeRegion {
    const seen = homeRegionIn(roles);
    return { asked: this.options.ssoRegion ?? seen ?? this.connection.primary.region, seen };
  }

  close(): void {
    this.connection.close();
  }

  private async readEverySet(inventory: Inventory): Promise<readonly PermissionSet[]> {
    const answer: IdentityCenterAnswer = await this.identityCenter.all(this.homeRegion(inventory.roles));
    this.instance = answer.instance;
    return answer.permissionSets ?? [];
  }

  private async untilAborted<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.connection.signal.aborted ? interrupted() : error;
    }
  }
}
