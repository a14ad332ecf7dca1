import { withoutPath } from './arn.ts';
import { foldKey, toLower } from './go-strings.ts';

/** Equal for two ARNs of the same caller: the authenticator compares with Go's `strings.EqualFold`. */
export function callerKey(arn: string): string {
  return foldKey(arn);
}

/** Equal for the ARNs of the same role, in any case, with or without a path. */
export function roleArnKey(arn: string): string {
  return withoutPath(callerKey(arn));
}

/** Equal for two ARNs of mapRoles that the authenticator stores as one entry: its key is Go's `strings.ToLower`. */
export function storedKey(arn: string): string {
  return toLower(arn);
}
