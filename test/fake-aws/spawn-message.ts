import type { Environment } from './environment.ts';
import type { Fault } from './fault.ts';
import type { LargeWorld } from './large-world.ts';
import type { FakeAwsOptions } from './options.ts';
import type { WorldInput } from './world-input.ts';

/** A world that the other process builds itself, so a large one need not be sent. */
export type WorldSpec = { readonly input: WorldInput } | { readonly large: LargeWorld };

/** Requests from the parent to the server process. */
export type Ask =
  | { readonly ask: 'start'; readonly world: WorldSpec; readonly options: FakeAwsOptions }
  | { readonly ask: 'counts' }
  | { readonly ask: 'inject'; readonly fault: Fault }
  | { readonly ask: 'reset' }
  | { readonly ask: 'reached'; readonly operation: string; readonly count: number }
  | { readonly ask: 'close' };

type Numbered<T> = T & { readonly id: number };

/** The answer to each request. */
export interface Told {
  readonly url?: string;
  readonly env?: Environment;
  readonly calls?: Readonly<Record<string, number>>;
  readonly throttled?: Readonly<Record<string, number>>;
}

/** The two processes are the same program, so the tag is proof enough of the rest. */
export function isAsk(message: unknown): message is Numbered<Ask> {
  return typeof message === 'object' && message !== null && 'ask' in message && 'id' in message;
}

export function isTold(message: unknown): message is Numbered<Told> {
  return typeof message === 'object' && message !== null && 'id' in message;
}
