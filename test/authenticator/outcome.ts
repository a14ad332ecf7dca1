import { readMapAccounts, readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import type { LoadedMap } from '../../src/aws-auth/loaded.ts';

export interface ConfigMapData {
  readonly mapRoles?: string | undefined;
  readonly mapUsers?: string | undefined;
  readonly mapAccounts?: string | undefined;
}

/** In the JSON form of the authenticator's structs. */
export interface Outcome {
  readonly error: boolean;
  readonly roles: readonly unknown[];
  readonly users: readonly unknown[];
  readonly accounts: readonly string[];
}

/** Our result for a ConfigMap's `data`. */
export function outcomeOf(data: ConfigMapData): Outcome {
  const roles = readMapRoles(data.mapRoles ?? '');
  const users = readMapUsers(data.mapUsers ?? '');
  const accounts = readMapAccounts(data.mapAccounts ?? '');
  return {
    error: [roles, users, accounts].some(({ errors }) => errors.length > 0),
    roles: mappingsOf(roles, 'rolearn'),
    users: mappingsOf(users, 'userarn'),
    accounts: accounts.entries,
  };
}

function mappingsOf({ entries }: LoadedMap, field: 'rolearn' | 'userarn'): unknown[] {
  return entries.map(({ arn, sso, username, groups }) => ({
    ...(sso ? { sso: withoutEmptyPartition(sso) } : { [field]: arn }),
    username,
    groups,
  }));
}

function withoutEmptyPartition({ partition, ...sso }: { partition: string }) {
  return partition === '' ? sso : { ...sso, partition };
}
