import { ACCESS_TEXTS, SOURCE_TEXTS } from '../../access/labels.ts';
import { PEOPLE_UNREAD, REASON_TEXTS } from '../../access/reason-texts.ts';
import { parseArn } from '../../arn.ts';
import { memo } from '../../memo.ts';
import { RISKS } from '../../rbac/ways.ts';
import type { PageRows } from '../decode.ts';

/** For a row of the earlier run. */
export const HAD_ACCESS = 'had access';

/** The reason for unknown access that has no other. */
export const PEOPLE_UNKNOWN = 'people-unknown';

const REASONS = { ...REASON_TEXTS, [PEOPLE_UNKNOWN]: PEOPLE_UNREAD };

const ADMIN: Readonly<Record<string, string>> = {
  yes: 'cluster admin',
  route: 'can become cluster admin',
  no: 'no known route',
};

const CHANGES: Readonly<Record<string, string>> = {
  new: 'new',
  changed: 'changed',
  gone: 'gone',
  unchanged: 'not changed',
};

const CHANGED: Readonly<Record<string, string>> = {
  new: 'had none, has access',
  changed: 'changed, still has access',
  gone: 'lost all access',
};

const BECAME: Readonly<Record<string, string>> = {
  admin: 'cluster admin',
  route: 'able to become cluster admin',
};

const RUNS: Readonly<Record<string, string>> = {
  this: 'this run',
  earlier: 'the earlier run: access that is gone',
};

/** With access that only the earlier run has. */
const ACCESS: Readonly<Record<string, string>> = { ...ACCESS_TEXTS, had: HAD_ACCESS };

const NODES: Readonly<Record<string, string>> = {
  yes: 'only nodes',
  no: 'without nodes',
};

const PRINCIPALS: Readonly<Record<string, string>> = {
  USER: 'person',
  GROUP: 'group',
  IAM_ROLE: 'IAM role',
  IAM_USER: 'IAM user',
  ACCOUNT: 'account',
  KUBERNETES_GROUP: 'Kubernetes group',
  KUBERNETES_USER: 'Kubernetes user',
  SERVICE_ACCOUNT: 'service account',
};

export const reasonLabel = labelIn(REASONS);
export const accessLabel = labelIn(ACCESS);
export const sourceLabel = labelIn(SOURCE_TEXTS);
export const adminLabel = labelIn(ADMIN);
export const riskLabel = labelIn(RISKS);
export const changeLabel = labelIn(CHANGES);
export const changedLabel = labelIn(CHANGED);
export const becameLabel = labelIn(BECAME);
export const runLabel = labelIn(RUNS);
export const nodeLabel = labelIn(NODES);
export const kindLabel = labelIn(PRINCIPALS);

/** `may bind roles through ClusterRole/ops cluster-wide` */
export function throughLabel(_rows: PageRows, value: string): string {
  const [risk = '', ...through] = value.split(' ');
  return [wordIn(RISKS, risk) ?? risk, ...through].join(' ');
}

/** `alice@example.com`, `Platform (group)`, `ci (IAM role in 111122223333)` */
export function personLabel(_rows: PageRows, value: string): string {
  const slash = value.indexOf('/');
  const type = value.slice(0, slash);
  const kind = wordIn(PRINCIPALS, type);
  const id = value.slice(slash + 1);
  if (kind === undefined || type === 'USER') return id;
  const arn = parseArn(id);
  return arn ? `${arn.resource.split('/').at(-1)} (${kind} in ${arn.accountId})` : `${id} (${kind})`;
}

/** `prod-eks (111122223333)`: several accounts may share a name. */
export function accountLabel(rows: PageRows, value: string): string {
  const name = accountNames(rows).get(value);
  return name === undefined ? value : `${name} (${value})`;
}

/** The name, or the ARN of a cluster that shares its name. */
export function clusterLabel(rows: PageRows, value: string): string {
  return clusterNames(rows).get(value) ?? value;
}

const accountNames = memo(({ data }: PageRows): ReadonlyMap<string, string> => {
  return new Map(
    data.tables.entries.flatMap(({ accountId, accountName }) =>
      accountName === null ? [] : [[accountId, accountName] as const],
    ),
  );
});

const clusterNames = memo(({ data }: PageRows): ReadonlyMap<string, string> => {
  return new Map(
    data.tables.entries.flatMap(({ cluster, clusterArn }) =>
      cluster === null || clusterArn === null ? [] : [[clusterArn, cluster] as const],
    ),
  );
});

function labelIn(words: Readonly<Record<string, string>>): (rows: PageRows, value: string) => string {
  return (_rows, value) => wordIn(words, value) ?? value;
}

/** An address may have any value, such as `constructor`. */
function wordIn(words: Readonly<Record<string, string>>, value: string): string | undefined {
  return Object.hasOwn(words, value) ? words[value] : undefined;
}
