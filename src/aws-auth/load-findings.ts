import { isKnownPolicy, policyData } from '../access-policy.ts';
import { type AccessEntry, isForPeople, policyName } from '../eks.ts';
import { type Finding, refusal, warning } from '../errors.ts';
import { MAP_KEYS, type MapKey } from '../map-entry.ts';
import { listed, printable } from '../text.ts';
import type { AwsAuth } from './aws-auth.ts';
import { findUnquotedTemplate } from './helm.ts';
import { type LoadError, unparsableEffect, unparsableSentence } from './loaded.ts';

/** The effect of a load error, as a clause. */
export function lossEffect(key: MapKey, loss: LoadError['loss']): string {
  if (loss === 'unparsable') return unparsableEffect(key);
  return loss === 'dropped'
    ? 'the authenticator drops this item'
    : 'the authenticator reads this field as empty';
}

/** Next step for an entry or a key that the authenticator doesn't load as written. */
export const HOW_TO_FIX = 'Run `aws-auth-sso check` to see how to fix it.';

/** More than any real file has. */
const MAX_WARNINGS = 1000;

/** Load errors of a key as warnings: the first thousand, then a count. */
export function loadWarnings(awsAuth: AwsAuth, key: MapKey): Finding[] {
  const { errors } = awsAuth[key];
  const warnings = errors.slice(0, MAX_WARNINGS).map((error) => {
    const location = awsAuth.locate(key, error.offset);
    if (error.loss === 'unparsable')
      return warning(error.code, unparsableSentence(key, error), { location, help: HOW_TO_FIX });
    return warning(error.code, `${key}: ${error.message}; ${lossEffect(key, error.loss)}`, { location });
  });
  const rest = errors.length - MAX_WARNINGS;
  if (rest > 0)
    warnings.push(
      warning('more-problems', `${key}: ${rest} more problems like these`, {
        location: { file: awsAuth.file },
        help: '`aws-auth-sso view -o json` lists them all.',
      }),
    );
  return warnings;
}

/** Warnings about what the authenticator loses of an aws-auth, and about entries that override others. */
export function loadFindings(awsAuth: AwsAuth): Finding[] {
  return [...MAP_KEYS.flatMap((key) => loadWarnings(awsAuth, key)), ...overriddenFindings(awsAuth)];
}

/** Warns about access policies that AWS has added since the program's data on them: nobody should take silence for no. */
export function newerPolicies(
  clusters: readonly { readonly accessEntries: readonly AccessEntry[] }[],
): Finding[] {
  const policies = clusters.flatMap(({ accessEntries }) =>
    accessEntries.filter(isForPeople).flatMap((entry) => entry.policies),
  );
  const newer = [...new Set(policies.map(policyName))].filter((name) => !isKnownPolicy(name));
  if (newer.length === 0) return [];
  const message = `access policies newer than this version's data of ${policyData().namesDate}, so what they allow is unknown: ${listed(newer.map(printable))}`;
  return [warning('newer-policy', message, { help: 'Update aws-auth-sso.' })];
}

/** Warns about entries of mapUsers that have no effect. */
function overriddenFindings(awsAuth: AwsAuth): Finding[] {
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
  'Put the value that starts with {{ in double quotes, or run `aws-auth-sso check --fix-access`.';
const FIX_BY_HAND = 'Fix that line by hand. `aws-auth-sso check` explains the problem.';

/** @throws Failure (exit 2) if the authenticator would lose all of mapRoles */
export function requireParsable(awsAuth: AwsAuth): void {
  const lost = awsAuth.mapRoles.errors.find(({ loss }) => loss === 'unparsable');
  if (!lost) return;
  const isTemplate = findUnquotedTemplate(awsAuth.document.mapRoles?.text ?? '') >= 0;
  throw refusal({
    message: unparsableSentence('mapRoles', lost),
    location: awsAuth.locate('mapRoles', lost.offset),
    help: isTemplate ? QUOTE_TEMPLATE : FIX_BY_HAND,
  });
}
