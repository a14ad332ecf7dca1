import { isAwsFailure } from './failure.ts';

/** Credentials of calls; they may end before the run does. */
export class Renewal {
  private readonly renew: (() => Promise<unknown>) | null;
  private count = 0;
  private latest: Promise<unknown> = Promise.resolve();

  /** @param renew requests new credentials; null if there can't be any */
  constructor(renew: (() => Promise<unknown>) | null) {
    this.renew = renew;
  }

  /**
   * Makes a call, and once more with new credentials if AWS says that they have expired. Calls that fail together request
   * new ones together.
   * @throws AwsFailure also if there are no new credentials
   */
  async call<T>(make: () => Promise<T>): Promise<T> {
    await this.latest;
    const { count, renew } = this;
    try {
      return await make();
    } catch (error) {
      if (!renew || !isAwsFailure(error, 'expired')) throw error;
      if (count === this.count) {
        this.count += 1;
        this.latest = renew();
      }
      await this.latest;
      return make();
    }
  }
}
