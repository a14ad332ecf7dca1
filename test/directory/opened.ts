import { onTestFinished } from 'vitest';
import type { OutgoingCall } from '../../src/aws/retry.ts';
import { DEFAULT_ROLE } from '../../src/aws-settings.ts';
import type { AccountSelector } from '../../src/directory/account-selector.ts';
import type { AwsOptions, Progress } from '../../src/directory/connection.ts';
import type { InventoryQuery } from '../../src/directory/query.ts';
import type { AssumeRoleRule } from '../../src/directory/role-rules.ts';
import { type AwsSession, openAws } from '../../src/directory/session.ts';
import { Failure, type Finding } from '../../src/errors.ts';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAwsOptions } from '../fake-aws/options.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { NO_WAITS } from '../timing.ts';

/** A fake AWS, and a function that opens sessions on it; both end with the test. */
interface Opened {
  readonly fake: FakeAws;
  readonly findings: Finding[];
  readonly progress: Progress[];
  readonly calls: OutgoingCall[];
  readonly open: (options?: Partial<AwsOptions>, signal?: AbortSignal) => Promise<AwsSession>;
}

export async function opened(
  world: WorldInput,
  fakeOptions: FakeAwsOptions = {},
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Opened> {
  const fake = await fakeAwsForTest(world, fakeOptions);
  useEnvironment({ ...fake.env, ...env });
  const [findings, progress, calls]: [Finding[], Progress[], OutgoingCall[]] = [[], [], []];
  const open: Opened['open'] = async (options = {}, signal = new AbortController().signal) => {
    const session = await openAws(
      {
        profiles: [],
        assumeRole: [assumedRole()],
        env: process.env,
        timing: NO_WAITS,
        onFinding: (finding) => findings.push(finding),
        onProgress: (step) => progress.push(step),
        onCall: (call) => calls.push(call),
        ...options,
      },
      signal,
    );
    onTestFinished(() => session.close());
    return session;
  };
  return { fake, findings, progress, calls, open };
}

/** One role for all accounts. */
export function assumedRole(name = DEFAULT_ROLE): AssumeRoleRule {
  return { text: 'assumeRole', accounts: null, name, sessionName: 'aws-auth-sso' };
}

export function query(scope: readonly AccountSelector[], rest: Partial<InventoryQuery> = {}): InventoryQuery {
  return {
    scope,
    within: null,
    exclude: [],
    permissionSets: 'none',
    organizationTree: false,
    ...rest,
  };
}

export const ALL: AccountSelector = { kind: 'all' };
export const SELF: AccountSelector = { kind: 'self' };
export const id = (text: string): AccountSelector => ({ kind: 'id', id: text });
export const named = (name: string): AccountSelector => ({ kind: 'name', name });
export const glob = (text: string): AccountSelector => ({ kind: 'glob', glob: text });
export const unit = (ou: string): AccountSelector => ({ kind: 'ou', ou });

/** The failure that a promise rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw error ?? new Error('it did not fail');
}

/** Message and help of every problem, one per line. */
export function textOf({ findings: problems }: Failure): string {
  return problems.flatMap(({ message, help: next }) => [message, next ?? '']).join('\n');
}
