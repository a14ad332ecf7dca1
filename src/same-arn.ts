import { withoutPath } from './arn.ts';
import { foldKey, toLower } from './go-strings.ts';

/** Equal for two ARNs of one caller: the authenticator compares with Go's `strings.EqualFold`. */
export function callerKey(arn: string): string {
  return foldKey(arn);
}

/** Equal for the ARNs of one role, in any case, with a path or without. */
export function roleArnKey(arn: string): string {
  return withoutPath(callerKey(arn));
}

/** Equal for two ARNs of mapRoles under which the authenticator keeps one entry: it stores them by Go's `strings.ToLower`. */
export function storedKey(arn: string): string {
  return toLower(arn);
}
