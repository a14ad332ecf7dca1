/** https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html */
const SSO_ADMIN_PER_SECOND = 20;

/** `9 s` or `5 min 2 s`; whole seconds. */
export function durationText(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Seconds for a number of sso-admin calls at AWS's rate limit. */
export function secondsForCalls(calls: number): number {
  return calls / SSO_ADMIN_PER_SECOND;
}
