import leven from 'leven';
import { MAP_KEYS, type MapKey } from '../entry.ts';

export type EntryField = 'rolearn' | 'userarn' | 'username' | 'groups';

/** What people write for a field, in lower case and without punctuation. */
const SYNONYMS: Readonly<Record<EntryField, readonly string[]>> = {
  rolearn: ['rolename', 'role', 'arn', 'iamrole', 'iamrolearn', 'rolearns', 'principalarn'],
  userarn: ['arn', 'iamuser', 'iamuserarn', 'userarns', 'principalarn'],
  username: ['kubernetesusername', 'k8susername', 'usernames'],
  groups: ['group', 'usergroups', 'kubernetesgroups', 'k8sgroups'],
};

/** The field of an item that a key must mean; undefined for one that is none. Keys that are right in any case are not for this. */
export function meantField(key: string, fields: readonly EntryField[]): EntryField | undefined {
  const plain = plainOf(key);
  if (plain.length < 3) return undefined;
  return (
    fields.find((field) => SYNONYMS[field].includes(plain)) ?? fields.find((field) => isNear(plain, field))
  );
}

/** The key of `data` that a misspelled one must mean. */
export function meantMapKey(key: string): MapKey | undefined {
  const plain = plainOf(key);
  return MAP_KEYS.find((known) => isNear(plain, known.toLowerCase()));
}

function isNear(one: string, other: string): boolean {
  return Math.abs(one.length - other.length) <= 2 && leven(one, other) <= 2;
}

function plainOf(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, '');
}
