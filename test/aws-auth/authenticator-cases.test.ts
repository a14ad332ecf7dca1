import { expect, test } from 'vitest';
import cases from '../authenticator/authenticator-cases.json' with { type: 'json' };
import { outcomeOf } from '../authenticator/outcome.ts';

// Recorded from aws-iam-authenticator's own parser; `npm run test:authenticator` verifies it.
test.each(cases)(
  'reads as the authenticator: $name',
  ({ data, error, roles = [], users = [], accounts = [] }) => {
    expect(outcomeOf(data)).toEqual({ error: error !== null, roles, users, accounts });
  },
);
