import { describeLoss, type LoadError } from '../authenticator/loaded.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import type { MapKey } from '../entry.ts';
import type { Finding } from '../errors.ts';
import { placeText } from './message.ts';

const LOSSES = {
  unparsable: '; the authenticator loses the whole key, everybody in it included',
  dropped: '; the authenticator drops this item',
  field: '; the authenticator takes this field for empty',
} as const;

/** More than any real file has. */
const MOST = 1000;

/** What the authenticator loses of a key, as warnings with their places: the first thousand, then a count. */
export function loadWarnings(
  document: AwsAuthDocument,
  key: MapKey,
  errors: readonly LoadError[],
): Finding[] {
  const warnings = errors.slice(0, MOST).map(
    (error): Finding => ({
      severity: 'warning',
      code: error.code,
      message: `${placeOfError(document, key, error)}: ${key}: ${describeLoss(error)}${LOSSES[error.loss]}`,
    }),
  );
  const rest = errors.length - MOST;
  if (rest > 0)
    warnings.push({
      severity: 'warning',
      code: 'more-problems',
      message: `${document.file}: ${key}: ${rest} more like these; aws-auth-sso view -o json lists all`,
    });
  return warnings;
}

/** `file:line:column` of an error in a key. */
export function placeOfError(document: AwsAuthDocument, key: MapKey, error: LoadError): string {
  const text: EmbeddedText | null = document[key];
  return placeText(text ? text.locationOf(Math.max(error.offset, 0)) : { file: document.file });
}
