import { NODE_VARIABLE, USERNAME_OF_EKS, WRITTEN_VARIABLES } from '../map-entry.ts';
import { quoted } from '../text.ts';
import {
  hasSession,
  isNodeGroup,
  LOOKS_LIKE_MASTERS,
  MASTERS,
  nearSystemGroup,
  reservedNameOf,
} from './groups.ts';
import { reservedPrefixOf } from './templates.ts';

// Why people can't have a name that someone states for them, to continue a sentence that begins with the name.

/** Why a string cannot be a person's Kubernetes username; undefined if it can. */
export function statedUsernameProblem(username: string): string | undefined {
  const problem = nameProblem(username) ?? identityProblem(username) ?? sessionProblem('username', username);
  const prefix = reservedPrefixOf(username);
  if (problem !== undefined || !prefix) return problem;
  return `starts with ${quoted(prefix)}, which Kubernetes and EKS reserve; use another prefix`;
}

/** True if a mapping can set this username of an aws-auth entry. */
export function canStateUsername(username: string): boolean {
  return username !== USERNAME_OF_EKS && statedUsernameProblem(username) === undefined;
}

/** Rejects templates that can become a reserved name: callers who assume a role choose the session name. */
function sessionProblem(kind: 'username' | 'group', template: string): string | undefined {
  const name = reservedNameOf(kind, template);
  return name === undefined
    ? undefined
    : `can become ${name}${hasSession(template) ? ', because callers who assume a role choose the session name' : ''}; put your own prefix in front of the variable`;
}

/** Takes the place of a group in hints and generated examples. It is no group, so that nobody has access by accident. */
export const GROUP_PLACEHOLDER = 'GROUP';

/** Why a string cannot be a person's Kubernetes group; undefined if it can. */
export function statedGroupProblem(group: string): string | undefined {
  if (group === GROUP_PLACEHOLDER) return 'is a placeholder: replace it with the name of a Kubernetes group';
  if (isNodeGroup(group)) return 'is a group for nodes; a person in it could act as a node of the cluster';
  const near = nearSystemGroup(group);
  if (near === MASTERS) return `isn't a built-in Kubernetes group; it ${LOOKS_LIKE_MASTERS}`;
  if (near !== undefined) return `isn't a built-in Kubernetes group; did you mean ${quoted(near)}?`;
  return nameProblem(group) ?? identityProblem(group) ?? sessionProblem('group', group);
}

function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (!/^[\x20-\x7e]*$/.test(name))
    return "has a character that isn't printable ASCII; the authenticator and RBAC compare bytes";
  if (name.trim() !== name) return 'starts or ends with a space';
  if (name.includes(NODE_VARIABLE))
    return `has ${NODE_VARIABLE}, which denies access to everyone except EC2 instances`;
  // The authenticator keeps unknown variables as literal text.
  const unknown = name.match(/\{\{.*?\}\}|\{\{|\}\}/g)?.find((braces) => !WRITTEN_VARIABLES.includes(braces));
  if (unknown === undefined) return undefined;
  const known = WRITTEN_VARIABLES.filter((variable) => variable !== NODE_VARIABLE);
  return `has the unknown variable ${unknown}; the authenticator knows ${known.join(' ')}`;
}

function identityProblem(name: string): string | undefined {
  if (!/^arn:/i.test(name)) return undefined;
  return "is an ARN, not a Kubernetes name; you can't map an Identity Center user or group, only the permission set assigned to them";
}
