import * as v from 'valibot';
import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { isNodeGroup, nearSystemGroup } from '../authenticator/groups.ts';
import { TEMPLATE_VARIABLES } from '../entry.ts';
import { accountSelectorProblem } from '../inventory/scope/account-selector.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { quoted } from '../text.ts';
import { parsePrincipalSelector, permissionSetSelectorProblem } from './selector.ts';

/** A string in which a function finds no problem; the problem continues a sentence that begins with the string. */
function validString(problemOf: (text: string) => string | undefined) {
  return v.pipe(
    v.string('must be a string'),
    v.rawCheck<string>(({ dataset, addIssue }) => {
      const found = dataset.typed ? problemOf(dataset.value) : undefined;
      if (found !== undefined) addIssue({ message: `${quoted(String(dataset.value))} ${found}` });
    }),
  );
}

const described = <Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description));

const accounts = v.array(validString(accountSelectorProblem), 'must be a list of accounts');

const assignedToProblem = (text: string) =>
  parsePrincipalSelector(text) ? undefined : 'must be group:NAME or user:NAME';

export function regionProblem(text: string): string | undefined {
  return /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(text) ? undefined : 'is not an AWS region, such as eu-west-1';
}

/** Of a role to assume. */
export function roleNameProblem(text: string): string | undefined {
  if (parseArn(text)) return 'is an ARN; give the name, or path/name, that is the same in every account';
  return /^([\w+=,.@-]+\/)*[\w+=,.@-]+$/.test(text) ? undefined : 'is not a role name';
}

export function externalIdProblem(text: string): string | undefined {
  return /^[\w+=,.@:/-]{2,1224}$/.test(text)
    ? undefined
    : 'is not an external id (2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -)';
}

/** One rule; a `--map` flag is checked by it as well. */
export const mappingSchema = v.strictObject(
  {
    permissionSet: described(
      validString(permissionSetSelectorProblem),
      'A name, a glob, a permission set ARN, group:DISPLAYNAME or user:USERNAME',
    ),
    accounts: v.optional(described(accounts, 'Replaces the default scope')),
    assignedTo: v.optional(
      described(
        validString(assignedToProblem),
        'Only where this principal is assigned: group:NAME or user:NAME',
      ),
    ),
    username: v.optional(
      described(validString(usernameProblem), 'Kubernetes username; default sso:{{SessionName}}'),
    ),
    groups: described(
      v.pipe(
        v.array(validString(groupProblem), 'must be a list of Kubernetes groups'),
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
    ssoRegion: v.optional(described(validString(regionProblem), "Identity Center's home region")),
    assumeRole: v.optional(
      described(
        v.strictObject(
          {
            name: v.optional(validString(roleNameProblem)),
            externalId: v.optional(validString(externalIdProblem)),
          },
          'must be a mapping with name and externalId',
        ),
        'Role assumed in the other accounts; default OrganizationAccountAccessRole',
      ),
    ),
    nodeRoles: v.optional(
      described(
        v.array(validString(nodeRoleProblem), 'must be a list of role ARNs'),
        "ARNs of the nodes' roles",
      ),
    ),
    mappings: v.optional(
      described(v.array(mappingSchema, 'must be a list of mappings'), 'The rules, in order'),
    ),
  },
  'must be a mapping; see docs/config.md',
);

export type Config = v.InferOutput<typeof configSchema>;
export type MappingInput = v.InferOutput<typeof mappingSchema>;

const NODE_VARIABLE = '{{EC2PrivateDNSName}}';
const KNOWN = new Set<string>(TEMPLATE_VARIABLES.map((variable) => `{{${variable}}}`));
const OFFERED = [...KNOWN].filter((variable) => variable !== NODE_VARIABLE).join(' ');

/** Why a string cannot be the Kubernetes username of people; undefined when it can. */
function usernameProblem(username: string): string | undefined {
  return nameProblem(username) ?? identityProblem(username);
}

/** Why a string cannot be a Kubernetes group of people; undefined when it can. */
function groupProblem(group: string): string | undefined {
  if (isNodeGroup(group)) return 'is a group of nodes; a person in it could act as a node of the cluster';
  const near = nearSystemGroup(group);
  if (near !== undefined) return `is not a built-in group of Kubernetes; did you mean ${quoted(near)}?`;
  return nameProblem(group) ?? identityProblem(group);
}

/** Anything in braces that the authenticator would leave in place as literal text. */
function unknownVariables(text: string): string[] {
  return (text.match(/\{\{.*?\}\}|\{\{|\}\}/gs) ?? []).filter((variable) => !KNOWN.has(variable));
}

function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (!/^[\x20-\x7e]*$/.test(name))
    return 'has a character that is not printable ASCII; the authenticator and RBAC compare bytes';
  if (name.trim() !== name) return 'begins or ends with a space';
  if (name.includes(NODE_VARIABLE))
    return `has ${NODE_VARIABLE}, which denies access to everyone who is not an EC2 instance`;
  const [unknown] = unknownVariables(name);
  return unknown === undefined
    ? undefined
    : `has the unknown variable ${unknown}; the authenticator knows ${OFFERED}`;
}

function identityProblem(name: string): string | undefined {
  if (!/^arn:/i.test(name)) return undefined;
  return 'is an ARN, not a Kubernetes name; an Identity Center user or group cannot be mapped, only the permission set assigned to them';
}

/** Why a string cannot be the ARN of a node role; undefined when it can. */
export function nodeRoleProblem(text: string): string | undefined {
  const arn = parseArn(text);
  if (arn && arnKind(arn) === 'instance-profile')
    return 'is an instance profile; name the role inside it (aws iam get-instance-profile)';
  if (!arn || arnKind(arn) !== 'role' || arn.region !== '' || !isAccountId(arn.accountId)) {
    return 'is not a role ARN (arn:aws:iam::ACCOUNT:role/NAME)';
  }
  if (!/^role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(arn.resource)) return 'has an invalid role name';
  return parseProvisionedRoleArn(text)
    ? 'is provisioned by Identity Center for people; nodes have a role of their own'
    : undefined;
}
