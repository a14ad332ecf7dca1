import type { LintDocument } from './lint-document.ts';

const PROVISIONED = /arn:[\w-]+:iam::(\d{12}):role\/(?:[\w+=,.@-]+\/)*AWSReservedSSO_/gi;

/** Ids of the accounts whose provisioned roles a file names, ascending; those below a key that cannot be read too. */
export function provisionedRoleAccounts({ data, source, configMap }: LintDocument): string[] {
  const texts = configMap ? data.map(({ value }) => (value.kind === 'scalar' ? value.text : '')) : [source];
  const ids = texts.flatMap((text) => [...text.matchAll(PROVISIONED)].map((match) => match[1] ?? ''));
  return [...new Set(ids)].toSorted();
}
