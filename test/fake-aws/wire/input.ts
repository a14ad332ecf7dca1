import { invalid } from './aws-error.ts';
import type { Call } from './call.ts';

/** A member of the request that may be missing. */
export function optionalText(call: Call, name: string): string | undefined {
  const value = call.input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(call.service, `${name} is not a string`);
  return value;
}

export function text(call: Call, name: string): string {
  const value = optionalText(call, name);
  if (value) return value;
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  throw invalid(
    call.service,
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}

/** An integer, which the query protocol writes as text. */
export function optionalCount(call: Call, name: string): number | undefined {
  const value = call.input[name];
  if (value === undefined || value === null) return undefined;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1) return count;
  throw invalid(call.service, `${name} must be a whole number of at least 1`);
}

/** Text inside a structure, such as `MemberId.UserId`. */
export function nestedText(value: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), value);
  return typeof found === 'string' ? found : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
