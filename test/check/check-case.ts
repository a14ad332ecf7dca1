import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { RuleOptions } from '../../src/check/context.ts';
import type { CheckFinding } from '../../src/check/rule.ts';
import type { EksCluster, SignIns } from '../../src/directory/model.ts';
import { ReadTime } from '../../src/directory/read-time.ts';
import { parseSnapshot } from '../../src/directory/snapshot.ts';
import { withReadTime } from '../../src/directory/snapshot-source.ts';
import { AUTHENTICATION_MODES } from '../../src/eks.ts';
import type { Location } from '../../src/errors.ts';
import type { Authorizer } from '../../src/rbac/authorizer.ts';
import { combineRbac } from '../../src/rbac/combine.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { GOLDEN, type GoldenCase, inputFileOf } from '../golden-case.ts';

/** `options.json` of a golden case. */
const optionsSchema = v.strictObject({
  /** A snapshot in test/golden/check, for cases without an `inventory.json` section. */
  inventory: v.optional(v.string()),
  account: v.optional(v.string()),
  accounts: v.optional(v.array(v.string())),
  ignore: v.optional(v.array(v.string())),
  rotate: v.optional(v.boolean()),
  live: v.optional(v.boolean()),
  authenticationMode: v.optional(v.picklist(AUTHENTICATION_MODES)),
});

/**
 * The input of a check from a golden case: the file, `options.json`, `inventory.json` (a snapshot), `cluster.json` (its
 * cluster) and `rbac.yaml` (roles and bindings).
 */
export interface CheckCase {
  readonly file: string;
  /** Null if only the cluster is checked. */
  readonly before: string | null;
  readonly options: RuleOptions;
}

export function readCheckCase({ sections }: GoldenCase): CheckCase {
  const file = inputFileOf(sections);
  const { inventory, account, accounts, ignore, rotate, live, authenticationMode } = v.parse(
    optionsSchema,
    JSON.parse(sections.get('options.json') ?? '{}'),
  );
  const shared = inventory && readFileSync(join(GOLDEN, 'check', inventory), 'utf8');
  const snapshot = sections.get('inventory.json') ?? shared;
  const rbac = sections.get('rbac.yaml');
  const cluster = sections.get('cluster.json');
  const read = snapshot === undefined ? undefined : parseSnapshot(snapshot, 'inventory.json');
  const isOld = rotate === false;
  const old = { readTime: ReadTime.ofSnapshot(read?.capturedAt ?? '2026-10-01T00:00:00.000Z', 0) };
  const options: RuleOptions = {
    ...(read && { inventory: isOld ? withReadTime(read, 0) : read }),
    ...(account !== undefined && { account }),
    ...(accounts && { accounts: new Set(accounts) }),
    ...(ignore && { ignore }),
    ...(live !== undefined && { live }),
    cluster: {
      eks: cluster === undefined ? undefined : { ...clusterOf(cluster), ...(isOld && old) },
      mode: authenticationMode,
      rbac: rbac === undefined ? undefined : authorizerOf(rbac),
    },
  };
  return { file, before: sections.get(file) ?? (cluster === undefined ? '' : null), options };
}

const policySchema = v.object({
  policyArn: v.string(),
  scope: v.union([v.literal('cluster'), v.object({ namespaces: v.array(v.string()) })]),
});
const clusterSchema = v.strictObject({
  name: v.optional(v.string(), 'prod'),
  arn: v.optional(v.string()),
  authenticationMode: v.optional(v.picklist(AUTHENTICATION_MODES), 'API_AND_CONFIG_MAP'),
  accessEntries: v.optional(
    v.array(
      v.strictObject({
        principalArn: v.string(),
        type: v.optional(v.string(), 'STANDARD'),
        username: v.optional(v.nullable(v.string()), null),
        kubernetesGroups: v.optional(v.array(v.string()), []),
        policies: v.optional(v.array(policySchema), []),
        createdAt: v.optional(v.string(), '2026-10-01T00:00:00.000Z'),
      }),
    ),
    [],
  ),
  /** Null for a snapshot of an earlier version. */
  signIns: v.optional(v.nullable(v.custom<SignIns>((value) => typeof value === 'object')), {
    oidcProviders: [],
    capabilities: [],
    unread: [],
  }),
});

/** EKS's description of a cluster; allows impossible principals; missing fields have the defaults above. */
export function clusterOf(json: string): EksCluster {
  const { arn, signIns, ...cluster } = v.parse(clusterSchema, JSON.parse(json));
  return {
    ...cluster,
    ...(signIns && { signIns }),
    arn: arn ?? `arn:aws:eks:eu-west-1:111122223333:cluster/${cluster.name}`,
  };
}

/** Roles and bindings from RBAC manifests, as read by `check --rbac rbac.yaml`. */
export function authorizerOf(manifests: string): Authorizer {
  return combineRbac([readRbacFile(manifests, 'rbac.yaml')]).authorizer;
}

/** Each finding as three lines: place with end column, severity, rule and fix; then the message; then the help. */
export function reportOf(findings: readonly CheckFinding[]): string {
  return findings
    .map(({ location, severity, code, fixKind, message, help }) => {
      const fixable = fixKind === 'none' ? '' : ` (${fixKind})`;
      return `${placeOf(location)} ${severity} ${code}${fixable}\n    ${message}\n    ${help.replaceAll('\n', '\n    ')}\n`;
    })
    .join('');
}

function placeOf({ file, line, column, endLine, endColumn }: Location): string {
  if (line === undefined) return `${file}:`;
  const start = `${line}:${column}`;
  if (endLine !== line) return `${start}-${endLine}:${endColumn}`;
  return endColumn === column ? start : `${start}-${endColumn}`;
}
