import { createHash } from 'node:crypto';

/** A stable made-up id: the same parts give the same lower-case hex digits. At most 40. */
export function hexId(length: number, ...parts: readonly string[]): string {
  return createHash('sha1').update(parts.join('\0')).digest('hex').slice(0, length);
}

/** Like `hexId`, formatted as a UUID, as Identity Store does for users, groups and memberships. */
export function uuid(...parts: readonly string[]): string {
  const hex = hexId(32, ...parts);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
