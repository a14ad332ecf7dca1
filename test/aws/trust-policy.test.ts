import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trustsAccountAccess } from '../../src/aws/iam.ts';
import { anyText } from '../any-text.ts';
import { runs } from '../runs.ts';

const SERVICE = 'account-access.amazonaws.com';
const PUBLISHED = {
  Sid: 'AccountAccessManagerIAMRoleTrustPolicyStatement',
  Effect: 'Allow',
  Principal: { Service: SERVICE },
  Action: ['sts:AssumeRole', 'sts:SetContext'],
  Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
};
const OTHER = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action: 'sts:AssumeRole',
};
const ofService = (Service: unknown) => ({ ...PUBLISHED, Principal: { Service } });
const policyOf = (Statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement });

describe('account access manager can assign a role', () => {
  test.each([
    ['if the statement is the published one', [PUBLISHED]],
    ['if the policy has a single statement without a list', PUBLISHED],
    ['if another statement precedes it', [OTHER, PUBLISHED]],
    ['if its service is one of several', [ofService(['ec2.amazonaws.com', SERVICE])]],
    ['next to a statement that makes no sense', [null, 7, { Effect: 'Allow', Principal: '*' }, PUBLISHED]],
  ])('%s', (_, statements) => {
    expect(trustsAccountAccess(encodeURIComponent(policyOf(statements)))).toBe(true);
    expect(trustsAccountAccess(policyOf(statements))).toBe(true);
  });
});

describe('account access manager does not count as able to assign a role', () => {
  test.each([
    ['if another service is trusted', policyOf([ofService('ec2.amazonaws.com')])],
    ['if the name is only a part', policyOf([ofService(`x.${SERVICE}.example`)])],
    ['if it is denied', policyOf([{ ...PUBLISHED, Effect: 'Deny' }])],
    ['if it is named in another field', policyOf([{ ...OTHER, Sid: SERVICE }])],
    ['if it is no service', policyOf([{ ...PUBLISHED, Principal: { AWS: SERVICE } }])],
    ['if the principal is a text', policyOf([{ ...PUBLISHED, Principal: SERVICE }])],
    ['if the services are no texts', policyOf([ofService([{ [SERVICE]: SERVICE }])])],
    ['without statements', JSON.stringify({ Statement: SERVICE })],
    ['if the policy is a text', JSON.stringify(SERVICE)],
    ['if it is cut off', policyOf([PUBLISHED]).slice(0, -1)],
    ['if it is encoded wrongly', `%${policyOf([PUBLISHED])}`],
    ['if it is missing', undefined],
    ['if it is null', null],
    ['if it is no text', { Statement: [PUBLISHED] }],
  ])('%s', (_, document) => {
    expect(trustsAccountAccess(document)).toBe(false);
  });
});

test('nothing in a document throws', () => {
  const texts = fc.oneof(anyText(), fc.json(), fc.anything());
  fc.assert(
    fc.property(texts, fc.boolean(), (text, isNamed) => {
      trustsAccountAccess(isNamed ? `${text?.toString?.call?.(text) ?? ''}${SERVICE}` : text);
    }),
    runs(500),
  );
});
