import * as v from 'valibot';
import { parseArn } from '../arn.ts';
import { accountSelectorProblem } from '../inventory/scope/account-selector.ts';
import { quoted } from '../text.ts';
import { groupFault, usernameFault } from './kubernetes-name.ts';
import { nodeRoleFault } from './node-role.ts';
import { parsePrincipalSelector, permissionSetSelectorFault } from './permission-set-selector.ts';

/** Text that a function finds no fault with; the fault continues a sentence that begins with the text. */
function faultless(fault: (text: string) => string | undefined) {
  return v.pipe(
    v.string('must be text'),
    v.rawCheck<string>(({ dataset, addIssue }) => {
      const found = dataset.typed ? fault(dataset.value) : undefined;
      if (found !== undefined) addIssue({ message: `${quoted(String(dataset.value))} ${found}` });
    }),
  );
}

const described = <Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description));

const accounts = v.array(faultless(accountSelectorProblem), 'must be a list of accounts');

const assignedToFault = (text: string) =>
  parsePrincipalSelector(text) ? undefined : 'must be group:NAME or user:NAME';

const regionFault = (text: string) =>
  /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(text) ? undefined : 'is no AWS region, such as eu-west-1';

const roleNameFault = (text: string) => {
  if (parseArn(text)) return 'is an ARN; give the name, or path/name, that is the same in every account';
  return /^([\w+=,.@-]+\/)*[\w+=,.@-]+$/.test(text) ? undefined : 'is no role name';
};

const externalIdFault = (text: string) =>
  /^[\w+=,.@:/-]{2,1224}$/.test(text)
    ? undefined
    : 'is no external id (2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -)';

export const assumeRoleNameSchema = faultless(roleNameFault);
export const externalIdSchema = faultless(externalIdFault);
export const regionSchema = faultless(regionFault);

/** One rule; a `--map` flag is checked by it as well. */
export const mappingSchema = v.strictObject(
  {
    permissionSet: described(
      faultless(permissionSetSelectorFault),
      'A name, a glob, a permission set ARN, group:DISPLAYNAME or user:USERNAME',
    ),
    accounts: v.optional(described(accounts, 'Replaces the default scope')),
    assignedTo: v.optional(
      described(faultless(assignedToFault), 'Only where this principal is assigned: group:NAME or user:NAME'),
    ),
    username: v.optional(
      described(faultless(usernameFault), 'Kubernetes username; default sso:{{SessionName}}'),
    ),
    groups: described(
      v.pipe(
        v.array(faultless(groupFault), 'must be a list of Kubernetes groups'),
        v.minLength(1, 'is empty: name at least one Kubernetes group'),
      ),
      'Kubernetes groups',
    ),
    optional: v.optional(described(v.boolean('must be true or false'), 'May resolve to nothing')),
  },
  'must be a mapping with permissionSet and groups',
);

/** The whole file: the source of its checks, of their messages and of its JSON Schema. */
export const configSchema = v.strictObject(
  {
    accounts: v.optional(
      described(accounts, 'Default scope: ids (quoted), exact names, globs, self, ou:ID or ou:PATH'),
    ),
    excludeAccounts: v.optional(described(accounts, 'Taken out of every scope')),
    ssoRegion: v.optional(described(regionSchema, "Identity Center's home region")),
    assumeRole: v.optional(
      described(
        v.strictObject(
          { name: v.optional(assumeRoleNameSchema), externalId: v.optional(externalIdSchema) },
          'must be a mapping with name and externalId',
        ),
        'Role assumed in the other accounts; default OrganizationAccountAccessRole',
      ),
    ),
    nodeRoles: v.optional(
      described(v.array(faultless(nodeRoleFault), 'must be a list of role ARNs'), "ARNs of the nodes' roles"),
    ),
    mappings: v.optional(
      described(v.array(mappingSchema, 'must be a list of mappings'), 'The rules, in order'),
    ),
  },
  'must be a mapping; see the config section of the README',
);

export type Config = v.InferOutput<typeof configSchema>;
export type MappingInput = v.InferOutput<typeof mappingSchema>;
