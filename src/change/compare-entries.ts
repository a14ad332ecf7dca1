import { type AccessEntry, type AccessPolicy, entryTemplates } from '../access-entry.ts';

/** A field that can differ between two access entries of one principal, as in JSON. */
export type EntryField = 'type' | 'username' | 'kubernetesGroups' | 'policies';

/**
 * The fields in which two access entries of one principal differ; empty if they grant the same. Compares groups,
 * policies and namespaces as sets. No username is the same as the one that EKS generates.
 */
export function differingFields(wanted: AccessEntry, found: AccessEntry): EntryField[] {
  const [here, there] = [entryTemplates(wanted), entryTemplates(found)];
  const differs = {
    type: wanted.type !== found.type,
    username: here.username !== there.username,
    kubernetesGroups: setKey(here.groups) !== setKey(there.groups),
    policies: setKey(wanted.policies.map(policyKey)) !== setKey(found.policies.map(policyKey)),
  };
  return FIELDS.filter((field) => differs[field]);
}

const FIELDS: readonly EntryField[] = ['type', 'username', 'kubernetesGroups', 'policies'];

/** Equal for two policies with the same scope. */
function policyKey({ policyArn, scope }: AccessPolicy): string {
  return JSON.stringify([policyArn, scope === 'cluster' ? scope : setKey(scope.namespaces)]);
}

function setKey(items: readonly string[]): string {
  return JSON.stringify([...new Set(items)].sort());
}
