/** The username of an entry for any caller of an account. */
export const ANY_CALLER = "(the caller's ARN)";

/** Marks permissions that everyone with access has. */
export const EVERYBODY = 'everybody: ';
