import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  hasPublishedRules,
  isKnownPolicy,
  KNOWN_POLICIES,
  MAPPABLE_POLICIES,
  namespaceProblem,
  policyData,
  policyNameProblem,
  policyOfServices,
  shortPolicyName,
  statedPolicy,
} from '../src/access-policy.ts';
import { policyRules } from '../src/rbac/access-policies.ts';

test('the policies with published rules are those whose rules the program has', () => {
  expect(KNOWN_POLICIES.filter(hasPublishedRules)).toEqual([...policyRules().keys()]);
});

test('each known policy has one name, and is for people or for services', () => {
  expect(new Set(KNOWN_POLICIES).size).toBe(KNOWN_POLICIES.length);
  for (const name of KNOWN_POLICIES) {
    expect([name, policyNameProblem(name)]).toEqual([name, undefined]);
    expect(MAPPABLE_POLICIES.includes(name)).toBe(policyOfServices(name) === undefined);
  }
});

test.each(['ClusterAdmin', 'Admin', 'AdminView', 'Edit', 'View', 'SecretAdmin', 'SecretReader'])(
  '%s, its full name and its ARN are the same policy',
  (short) => {
    const full = `AmazonEKS${short}Policy`;
    const arn = `arn:aws-us-gov:eks::aws:cluster-access-policy/${full}`;
    expect(hasPublishedRules(full)).toBe(true);
    expect(MAPPABLE_POLICIES).toEqual(expect.arrayContaining([short, full]));
    expect(shortPolicyName(full)).toBe(short);
    expect([short, full, arn].map(policyNameProblem)).toEqual([undefined, undefined, undefined]);
    expect(statedPolicy(short, null)).toEqual({ policy: full, partition: null, namespaces: null });
    expect(statedPolicy(full, ['a', 'b', 'a'])).toEqual({
      policy: full,
      partition: null,
      namespaces: ['a', 'b'],
    });
    expect(statedPolicy(arn, null)).toEqual({ policy: full, partition: 'aws-us-gov', namespaces: null });
  },
);

test.each([
  'edit',
  'EDIT',
  ' Edit',
  'EditPolicy',
  'AmazonEKSEdit',
  'amazonekseditpolicy',
  'AmazonEKSEditPolicy ',
  'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy/x',
  'arn:aws:eks:eu-west-1:aws:cluster-access-policy/AmazonEKSEditPolicy',
  'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy',
  '',
  '__proto__',
  'constructor',
])('%j names no policy', (text) => {
  expect(policyNameProblem(text)).toMatch(/^isn't/);
});

const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789');
const name = fc
  .tuple(letters, fc.array(fc.oneof(letters, fc.constant('-')), { maxLength: 61 }), letters)
  .map(([first, middle, last]) => `${first}${middle.join('')}${last}`);

test('every name of a namespace is accepted, and with * at its end if that is not too long', () => {
  fc.assert(
    fc.property(name, (text) => {
      expect(namespaceProblem(text)).toBeUndefined();
      if (text.length < 63) expect(namespaceProblem(`${text}*`)).toBeUndefined();
      expect(namespaceProblem(`${text}-*`) === undefined).toBe(text.length < 62);
    }),
  );
});

test.each([
  '',
  '*',
  '**',
  '*a',
  'a*b',
  'a**',
  'A',
  'a_b',
  'a.b',
  '-a',
  'a-',
  'a ',
  'ü',
  'a\n',
  'a'.repeat(64),
])('%j is no namespace for a policy', (text) => {
  expect(namespaceProblem(text)).toMatch(/^is/);
});

test.each([
  'AmazonEKSTimeTravelPolicy',
  'AmazonEKSNewPolicy',
  'AWSNewServicePolicyForRestore',
  'AIAgentPolicy',
])('%s may be newer than the data', (text) => {
  expect([policyNameProblem(text), policyOfServices(text)]).toEqual([undefined, undefined]);
  expect(isKnownPolicy(text)).toBe(false);
});

test.each(['AmazonEKSEdtPolicy', 'AmazonEKSVeiwPolicy', 'AmazonEKSSecretAdmnPolicy', 'AmazonEKSKRPolicy'])(
  '%s is misspelled',
  (text) => {
    expect(policyNameProblem(text)).toMatch(/did you mean .* If it's newer, write its ARN/);
  },
);

test('every kind of holder in the data has words', () => {
  const all = Object.entries(policyData().policies).filter(([, { for: whose }]) => whose !== undefined);
  for (const [name] of all) expect(policyOfServices(name)).toMatch(/^is for /);
  expect(policyData()).toMatchObject({
    date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    namesDate: expect.stringMatching(/^\d{4}-\d\d/),
  });
});
