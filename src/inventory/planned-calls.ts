/** One kind of call of a plan; `calls` is null where the number is known only on the way. */
export interface PlannedCalls {
  readonly service: 'sts' | 'iam' | 'organizations' | 'sso-admin' | 'identitystore';
  readonly operation: string;
  readonly calls: number | null;
}

/** How many calls a listing takes; an empty one takes one too. */
export function pageCount(items: number, perPage: number): number;
export function pageCount(items: number | null, perPage: number): number | null;
export function pageCount(items: number | null, perPage: number): number | null {
  return items === null ? null : Math.max(1, Math.ceil(items / perPage));
}
