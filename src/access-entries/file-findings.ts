import { loadWarnings } from '../cluster/load-findings.ts';
import { MAP_KEYS } from '../entry.ts';
import { type Finding, note, warning } from '../errors.ts';
import type { LintContext } from '../lint/context.ts';
import { roleArnKey } from '../role-name.ts';
import { listed, printable, shellWord } from '../text.ts';
import { nodesLeftOut } from './grant.ts';
import type { FoundRole } from './principal.ts';
import { type ProofRow, proofSummary } from './proof.ts';
import { type StatedPaths, unprovenPaths, unusedRoleArns } from './stated-paths.ts';
import { rolesToFind, type Translation } from './translate-map.ts';

/** An aws-auth that was translated. */
export interface Translated {
  readonly translations: readonly Translation[];
  /** A row for each translation. */
  readonly proof: readonly ProofRow[];
}

/**
 * All that is to be said of the translations.
 * @param noted what they say of themselves
 * @param cluster that they are for
 */
export function translatedFindings(
  context: LintContext,
  { translations, proof }: Translated,
  noted: readonly Finding[],
  stated: StatedPaths,
  cluster: Parameters<typeof nodesLeftOut>[1],
): Finding[] {
  // Of those in doubt a warning tells more.
  const certain = translations.filter((_, index) => proof[index]?.doubt === null);
  // Node roles that nothing is written for, and that the cluster has no access entry of.
  const leftOut = proof.flatMap((row) => (row.leftOut && row.before && !row.after ? [row.arn] : []));
  return [
    ...unusedRoleArns(stated, context),
    // What the authenticator does not load has no translation.
    ...MAP_KEYS.flatMap((key) => loadWarnings(context.awsAuth, key)),
    ...noted,
    ...translations.flatMap(findingsOf),
    ...unprovenPaths(certain, stated),
    ...unreadUsers(translations),
    ...nodesLeftOut(leftOut, cluster),
  ];
}

/** How much of an aws-auth stays the same; its keys that the authenticator does not load are lost with all their entries. */
export function translatedSummary({ awsAuth }: LintContext, proof: readonly ProofRow[]): Finding {
  const lost = MAP_KEYS.filter((key) => awsAuth[key].errors.some(({ loss }) => loss === 'unparsable'));
  return proofSummary(proof, lost);
}

/** Its notes; of one that is refused, the reason. */
function findingsOf({ arn, location, refusal: refused, findings }: Translation): Finding[] {
  // Of node roles that are left out there is one note.
  if (!refused || refused.isLeftOut) return [...findings];
  const { reason, help, isNamed } = refused;
  const message = isNamed ? `refused: ${reason}` : `${printable(arn)} is refused: ${reason}`;
  return [warning('entry-refused', message, { location, help }), ...findings];
}

/** A note on roles whose path a snapshot would have, had it been taken with the file. */
export function notInSnapshot(
  context: LintContext,
  translations: readonly Translation[],
  { withNodes, path }: { readonly withNodes: boolean; readonly path: string },
  find: (arn: string) => FoundRole,
): Finding[] {
  const others = new Set(rolesToFind(context, withNodes).others.map(roleArnKey));
  const lacking = translations.filter(
    ({ arn, refusal: refused }) => refused && others.has(roleArnKey(arn)) && find(arn).kind === 'unknown',
  );
  if (lacking.length === 0) return [];
  const roles = lacking.length === 1 ? '1 role' : `${lacking.length} roles`;
  const message = `the snapshot does not have ${roles} that ${context.document.file} names`;
  const help = `Take it with the file, where their accounts can be read: \`aws-auth-sso snapshot ${shellWord(path)}\`.`;
  return [note('other-roles-unread', message, { help })];
}

/** IAM users are not looked up. */
function unreadUsers(translations: readonly Translation[]): Finding[] {
  const arns = translations.flatMap(({ entry }) => entry?.principalArn ?? []);
  const users = arns.filter((arn) => arn.includes(':user/'));
  if (users.length === 0) return [];
  const message = `whether these IAM users exist was not looked up: ${listed(users, 3)}`;
  const help =
    'EKS refuses to create an access entry of a user who was deleted, or whose ARN differs by upper and lower case. One that is there already may be of an earlier user of that name.';
  return [note('users-not-read', message, { help })];
}
