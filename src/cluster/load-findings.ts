import type { LoadError } from '../authenticator/loaded.ts';
import { findUnquotedTemplate } from '../configmap/template.ts';
import type { MapKey } from '../entry.ts';
import { type Finding, refusal, warning } from '../errors.ts';
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

const QUOTE_TEMPLATE =
  'Put the value that starts with {{ in double quotes: `aws-auth-sso check --fix-access` does it.';
const FIX_BY_HAND = 'Fix that line by hand; `aws-auth-sso check` says more about it.';

/** @throws Failure (exit 2) where the authenticator would lose all of mapRoles */
export function requireParsable(awsAuth: AwsAuth): void {
  const lost = awsAuth.mapRoles.errors.find(({ loss }) => loss === 'unparsable');
  if (!lost) return;
  const isTemplate = findUnquotedTemplate(awsAuth.document.mapRoles?.text ?? '') >= 0;
  throw refusal({
    message: `the authenticator cannot parse mapRoles: ${lost.message}`,
    location: awsAuth.locate('mapRoles', lost.offset),
    help: `${isTemplate ? QUOTE_TEMPLATE : FIX_BY_HAND} As it is, the map lets nobody in, nodes included.`,
  });
}
