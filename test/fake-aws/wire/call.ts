import type { FakeAwsOptions } from '../options.ts';
import type { Session } from '../sessions.ts';
import type { ClusterStore } from '../world/cluster-store.ts';
import type { World } from '../world/world.ts';
import type { WorldIndex } from '../world/world-index.ts';
import type { Answer } from './answer.ts';
import type { Service } from './service.ts';

/** One parsed request. */
export interface Call {
  readonly service: Service;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** From the signature. */
  readonly region: string;
  readonly caller: Session;
  /** A fault on demand: the page is empty and its token leads to the same page. */
  readonly emptyPage: boolean;
}

/** The state behind an operation's answers. */
export interface Backend {
  readonly world: World;
  readonly index: WorldIndex;
  readonly clusters: ClusterStore;
  readonly options: FakeAwsOptions;
  readonly openSession: (accountId: string, arn: string) => Session;
}

export type Operation = (call: Call, backend: Backend) => Answer;
export type Operations = Readonly<Record<string, Operation>>;

/** `iam.ListRoles`: the name of a call in counts, faults and denials. */
export function callName(call: Pick<Call, 'service' | 'operation'>): string {
  return `${call.service}.${call.operation}`;
}

/** True if `iam.ListRoles`, `iam.*` or `*` matches the call with this name. */
export function addresses(pattern: string, name: string): boolean {
  if (pattern === '*' || pattern === name) return true;
  return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1));
}
