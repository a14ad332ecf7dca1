/** The username of an entry for any caller of an account. */
export const ANY_CALLER = "(the caller's ARN)";

/** Marks permissions that everyone with access has. */
export const EVERYBODY = 'everybody: ';

/** The access of a row, in words. */
export const ACCESS_TEXTS = { granted: 'has access', none: 'no access', unknown: 'unknown' } as const;

/** Sources of entries in words. */
export const SOURCE_TEXTS = {
  'aws-auth': 'aws-auth',
  'access-entry': 'access entry',
  binding: 'binding',
} as const;
