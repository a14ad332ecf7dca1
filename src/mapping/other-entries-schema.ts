import * as v from 'valibot';
import { isAccountId } from '../arn.ts';
import { otherArnProblem } from '../authenticator/other-entries.ts';
import { callerKey } from '../same-arn.ts';
import { quoted } from '../text.ts';
import { listedPolicies } from './policies-schema.ts';
import { field, optional, validString } from './schema-fields.ts';

/** An ARN; its problem text includes the ARN. */
const arn = v.pipe(
  v.string('must be a string'),
  v.rawCheck<string>(({ dataset, addIssue }) => {
    const message = dataset.typed ? otherArnProblem(dataset.value) : undefined;
    if (message !== undefined) addIssue({ message });
  }),
);

const arnItem = v.strictObject(
  {
    arn: field(
      arn,
      'The ARN of a role (without its path) or user, as in the entry. `*` matches anything between two colons or slashes. A pattern never covers Identity Center roles, and it covers cluster admins only if its `groups` says so.',
      'arn:aws:iam::111122223333:role/ci-deployer',
      'arn:aws:iam::*:role/eks-*-node',
      'arn:aws:iam::111122223333:user/break-glass',
    ),
    username: optional(
      v.string('must be a string'),
      "The entry's username; default: any.",
      'ci',
      'system:node:{{SessionName}}',
    ),
    groups: optional(
      v.array(
        field(v.string('must be a string'), 'A group of the entry.', 'deployers', 'system:nodes'),
        'must be a list of Kubernetes groups',
      ),
      "The entry's groups, in any order; default: any.",
      ['deployers'],
      [],
    ),
    policies: optional(
      listedPolicies,
      'The policies of the access entry, in any order; default: any. Entries of aws-auth have no policies.',
      [{ policy: 'View', namespaces: ['team-*'] }],
      [],
    ),
  },
  'must be a mapping with arn, or with account',
);

const accountItem = v.strictObject(
  {
    account: field(
      validString((text) =>
        isAccountId(text) ? undefined : "isn't an account ID: it must be 12 digits, in quotes",
      ),
      'An account of mapAccounts.',
      '111122223333',
    ),
  },
  'must be a mapping with arn, or with account',
);

const BOTH = v.custom<never>(
  () => false,
  'has both arn and account, but account is for mapAccounts: split it into two items',
);

type Item = v.InferOutput<typeof arnItem> | v.InferOutput<typeof accountItem>;

/** Reports the problems of the variant that was meant: an account if it has that key. */
const item: v.GenericSchema<Item> = {
  ...v.union([arnItem, accountItem]),
  '~run': (dataset, config) => {
    const keys = Object.keys(Object(dataset.value));
    const schema = !keys.includes('account') ? arnItem : keys.includes('arn') ? BOTH : accountItem;
    return schema['~run'](dataset, config);
  },
};

/** The keys of each kind of item, for messages. */
export const OTHER_ENTRY_KEYS = {
  arn: [...Object.keys(arnItem.entries), ...Object.keys(accountItem.entries)],
  account: Object.keys(accountItem.entries),
};

/** The `otherEntries` of a config. */
export const otherEntries = field(
  v.pipe(
    v.array(
      field(
        item,
        'An entry, identified by its ARN, or an account of mapAccounts.',
        { arn: 'arn:aws:iam::111122223333:role/ci-deployer', groups: ['deployers'] },
        { account: '111122223333' },
      ),
      'must be a list of items with arn or account',
    ),
    v.rawCheck<Item[]>(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const first = new Map<string, number>();
      for (const [index, value] of dataset.value.entries()) {
        const key = 'arn' in value ? callerKey(value.arn) : value.account;
        const before = first.get(key);
        if (before === undefined) first.set(key, index);
        else
          addIssue({
            message: `${quoted('arn' in value ? value.arn : value.account)} is already listed as otherEntries[${before}]`,
            path: [{ type: 'array', origin: 'value', input: dataset.value, key: index, value }],
          });
      }
    }),
  ),
  "Entries that belong in aws-auth and are managed elsewhere. `diff --strict` reports any entry that isn't covered by these, nodeRoles or mappings. Merge leaves them unchanged, unless --prune finds that their role no longer exists.",
  [
    { arn: 'arn:aws:iam::111122223333:user/break-glass', groups: ['system:masters'] },
    { arn: 'arn:aws:iam::*:role/eks-*-node' },
    { account: '111122223333' },
  ],
);
