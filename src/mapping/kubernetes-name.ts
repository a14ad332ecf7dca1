import { isNodeGroup, nearSystemGroup } from '../authenticator/groups.ts';
import { TEMPLATE_VARIABLES } from '../entry.ts';
import { quoted } from '../text.ts';

const NODE_VARIABLE = '{{EC2PrivateDNSName}}';
const KNOWN = new Set<string>(TEMPLATE_VARIABLES.map((variable) => `{{${variable}}}`));
const OFFERED = [...KNOWN].filter((variable) => variable !== NODE_VARIABLE).join(' ');

/** Why a text cannot be the Kubernetes username of people; undefined when it can. */
export function usernameFault(username: string): string | undefined {
  return nameFault(username) ?? identityFault(username);
}

/** Why a text cannot be a Kubernetes group of people; undefined when it can. */
export function groupFault(group: string): string | undefined {
  if (isNodeGroup(group)) return 'is a group of nodes; a person in it could act as a node of the cluster';
  const near = nearSystemGroup(group);
  if (near !== undefined) return `is no group that Kubernetes knows; did you mean ${quoted(near)}?`;
  return nameFault(group) ?? identityFault(group);
}

/** Anything in braces that the authenticator would leave in place as literal text. */
export function unknownVariables(text: string): string[] {
  return (text.match(/\{\{.*?\}\}|\{\{|\}\}/gs) ?? []).filter((variable) => !KNOWN.has(variable));
}

function nameFault(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (!/^[\x20-\x7e]*$/.test(name))
    return 'has a character that is not printable ASCII; the authenticator and RBAC compare bytes';
  if (name.trim() !== name) return 'begins or ends with a space';
  if (name.includes(NODE_VARIABLE))
    return `has ${NODE_VARIABLE}, which denies access to everyone who is not an EC2 instance`;
  const [unknown] = unknownVariables(name);
  return unknown === undefined
    ? undefined
    : `has ${unknown}, which the authenticator does not know; it knows ${OFFERED}`;
}

function identityFault(name: string): string | undefined {
  if (!/^arn:/i.test(name)) return undefined;
  return 'is an ARN where a Kubernetes name is meant; an Identity Center user or group cannot be mapped, only the permission set they are assigned';
}
