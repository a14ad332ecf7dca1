import { expect, test } from 'vitest';
import cases from './authenticator-cases.json' with { type: 'json' };
import { outcomeOf } from './outcome.ts';

// Observed by running aws-iam-authenticator's own parser; `npm run test:authenticator` observes it again.
test.each(cases)(
  'reads as the authenticator: $name',
  ({ data, error, roles = [], users = [], accounts = [] }) => {
    expect(outcomeOf(data)).toEqual({ error: error !== null, roles, users, accounts });
  },
);
