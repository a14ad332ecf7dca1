import { hexId } from '../world/identifier.ts';
import { invalid } from './aws-error.ts';
import type { Backend, Call } from './call.ts';
import { optionalCount, optionalText } from './input.ts';
import { DIALECTS } from './service.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined on the last page. */
  readonly token: string | undefined;
}

const PAGING_MEMBERS: ReadonlySet<string> = new Set(
  Object.values(DIALECTS).flatMap(({ paging }) => [paging.token, paging.size]),
);

/** The requested page. Like AWS's, a token is only valid for the same request. */
export function pageOf<T>(call: Call, backend: Backend, all: readonly T[]): Page<T> {
  const items = shuffled(all, backend.options.shuffle);
  const size = pageSize(call, backend.options.pageSize ?? 'aws');
  const start = offsetOf(call, optionalText(call, DIALECTS[call.service].paging.token));
  const end = call.emptyPage ? start : start + size;
  return {
    items: items.slice(start, end),
    token: end < items.length || call.emptyPage ? tokenAt(call, end) : undefined,
  };
}

function pageSize(call: Call, stated: number | 'aws'): number {
  const { maxPage, defaultPage, paging } = DIALECTS[call.service];
  const member = paging.size;
  const wanted = optionalCount(call, member);
  if (wanted !== undefined && wanted > maxPage) {
    throw invalid(
      call.service,
      `1 validation error detected: Value '${wanted}' at '${member.charAt(0).toLowerCase()}${member.slice(1)}' failed ` +
        `to satisfy constraint: Member must have value less than or equal to ${maxPage}`,
    );
  }
  if (stated === 'aws') return wanted ?? defaultPage;
  return Math.min(wanted ?? stated, stated);
}

function tokenAt(call: Call, offset: number): string {
  return Buffer.from(`${requestId(call)}.${offset}`).toString('base64url');
}

function offsetOf(call: Call, token: string | undefined): number {
  if (token === undefined) return 0;
  const [id, offset] = Buffer.from(token, 'base64url').toString().split('.');
  if (id === requestId(call) && Number.isInteger(Number(offset))) return Number(offset);
  throw invalid(call.service, 'The provided pagination token is invalid');
}

/** Key that is the same for all pages of one listing. */
function requestId(call: Call): string {
  const members = Object.entries(call.input).filter(([name]) => !PAGING_MEMBERS.has(name));
  return hexId(12, call.operation, call.caller.accountId, JSON.stringify(members.sort()));
}

/** Returns a different order for each seed: no one may rely on a listing's order. */
export function shuffled<T>(items: readonly T[], seed: string | undefined): readonly T[] {
  if (seed === undefined) return items;
  const ranked = items.map((item) => ({ item, rank: hexId(16, seed, JSON.stringify(item)) }));
  return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ item }) => item);
}
