import { describe, expect, test } from 'vitest';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument } from '../../src/check/check.ts';
import { doubleQuoted } from '../../src/yaml/quote.ts';
import cases from '../authenticator/authenticator-cases.json' with { type: 'json' };

const HEAD = 'kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n';

function errorsOf(data: object): string[] {
  const texts = Object.entries(data).map(([key, text]) => `  ${key}: ${doubleQuoted(String(text))}\n`);
  return checkDocument(readWithProblems(HEAD + texts.join(''), 'aws-auth.yaml'))
    .filter(({ severity }) => severity === 'error')
    .map(({ code: rule }) => rule);
}

/** ARNs of possible callers; independent of the code under test. */
const CALLER =
  /^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:(role\/[a-z0-9_+=,.@-]+|user\/[a-z0-9_+=,.@/-]+|root)$/i;

function neverMatches(entry: object): boolean {
  const arn = 'rolearn' in entry ? entry.rolearn : 'userarn' in entry ? entry.userarn : null;
  return typeof arn !== 'string' || !CALLER.test(arn);
}

/** Cases with a silent loss although all remaining entries match, and their only error. */
const SILENT_LOSSES: Readonly<Record<string, string>> = {
  'both rolearn and roleARN': 'duplicate-field',
  'both rolearn then roleARN(order flipped)': 'duplicate-field',
  'duplicate key in one entry': 'duplicate-field',
  'duplicate groups key': 'duplicate-field',
  'missing dash: one item swallows the next': 'duplicate-field',
  'Username and username': 'duplicate-field',
  'Username a text, username null': 'duplicate-field',
  'GROUPS a list, groups null': 'duplicate-field',
  'duplicate rolearn in two entries': 'duplicate-arn',
  'duplicate rolearn in two entries differing by case': 'duplicate-arn',
  '!!merge on a quoted key': 'duplicate-arn',
  'mapUsers: everything': 'ambiguous-user',
  'maproles lower-case top key': 'misspelled-key',
  'dotless i in a key': 'misspelled-key',
  'second document': 'second-document',
  'broken second document': 'second-document',
  'document that ends with dots, then anything': 'second-document',
  'first document empty': 'second-document',
  'text behind a flow list at the top': 'second-document',
  'item outside the list behind an indented list': 'second-document',
  'username a\\n---': 'second-document',
};

const isBroken = ({ error, roles = [], users = [], accounts = [] }: (typeof cases)[number]) =>
  error !== null ||
  [...roles, ...users].some(neverMatches) ||
  accounts.some((account) => !/^[0-9]{12}$/.test(account));

describe('if the authenticator reports an error, or an entry never matches', () => {
  test.each(cases.filter(isBroken))('there is an error: $name', ({ data }) => {
    expect(errorsOf(data)).not.toEqual([]);
  });
});

describe('if everything is fine, or lost silently', () => {
  test.each(cases.filter((one) => !isBroken(one)))(
    'there is no error but that one: $name',
    ({ name, data }) => {
      const loss = SILENT_LOSSES[name];
      expect(errorsOf(data)).toEqual(loss === undefined ? [] : [loss]);
    },
  );
});
