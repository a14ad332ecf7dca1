import type { LoadError } from '../authenticator/loaded.ts';
import type { MapKey } from '../entry.ts';
import { type Finding, warning } from '../errors.ts';
import { listed } from '../text.ts';
import type { AwsAuth } from './aws-auth.ts';

/** What a problem costs, as a clause. */
export const LOSSES: Readonly<Record<LoadError['loss'], string>> = {
  unparsable: 'the authenticator ignores the whole key with all its entries',
  dropped: 'the authenticator drops this item',
  field: 'the authenticator reads this field as empty',
};

/** More than any real file has. */
const MAX_WARNINGS = 1000;

/** What the authenticator cannot load of a key, as warnings: the first thousand, then a count. */
export function loadWarnings(awsAuth: AwsAuth, key: MapKey): Finding[] {
  const { errors } = awsAuth[key];
  const warnings = errors.slice(0, MAX_WARNINGS).map((error) =>
    warning(error.code, `${key}: ${error.message}; ${LOSSES[error.loss]}`, {
      location: awsAuth.locate(key, error.offset),
    }),
  );
  const rest = errors.length - MAX_WARNINGS;
  if (rest > 0)
    warnings.push(
      warning('more-problems', `${key}: ${rest} more problems like these`, {
        location: { file: awsAuth.file },
        help: '`aws-auth-sso view -o json` lists all.',
      }),
    );
  return warnings;
}

/** Warns of entries of mapUsers that have no effect. */
export function overriddenFindings(awsAuth: AwsAuth): Finding[] {
  const { overridden, file } = awsAuth;
  if (overridden.size === 0) return [];
  const lineOf = (entry: Parameters<AwsAuth['locationOf']>[0]) => awsAuth.locationOf(entry).line;
  const texts = [...overridden].map(
    ([user, role]) =>
      `${user.arn} (mapUsers line ${lineOf(user)}, overridden by mapRoles line ${lineOf(role)})`,
  );
  const message = `mapRoles overrides mapUsers, so these entries have no effect: ${listed(texts)}`;
  return [warning('overridden-user', message, { location: { file } })];
}
