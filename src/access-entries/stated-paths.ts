import { parseArn, withoutPath } from '../arn.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { type Finding, refusal, warning } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import { roleArnKey } from '../same-arn.ts';
import { type FoundRole, hasPath, NODE_ROLE_OPTIONS, unreadRole } from './principal.ts';
import type { Translation } from './translate-map.ts';

/** Roles whose paths come from options, and a lookup of what was read. */
export interface StatedPaths {
  /** ARNs with paths from `--role-arn`. */
  readonly roleArns: readonly string[];
  readonly nodeRoles: readonly string[];
  readonly find: (arn: string) => FoundRole;
}

/** @throws Failure (exit 2) if an ARN contradicts another one, or the role that was read or is missing */
export function requireRoleArns({ roleArns, find }: StatedPaths, partition: string | null): void {
  const seen = new Map<string, string>();
  for (const arn of roleArns) {
    const other = seen.get(roleArnKey(arn));
    if (other !== undefined && other !== arn)
      throw refusal({
        message: `--role-arn gives one role two paths: ${other} and ${arn}`,
        help: 'A role has one path: `aws iam get-role --role-name NAME` shows it.',
      });
    seen.set(roleArnKey(arn), arn);
    if (partition !== null && parseArn(arn)?.partition !== partition)
      throw refusal({
        message: `--role-arn ${arn} isn't in the cluster's partition, ${partition}`,
        help: `Use the ARN in partition ${partition}.`,
      });
    const contradiction = contradictionTo(arn, find(withoutPath(arn)));
    if (contradiction !== undefined)
      throw refusal({
        message: `--role-arn ${arn}: ${contradiction}`,
        help: "Remove this --role-arn, or take a new snapshot if the role is newer. Use --role-arn only for roles that weren't read.",
      });
  }
}

function contradictionTo(arn: string, found: FoundRole): string | undefined {
  switch (found.kind) {
    case 'found':
      return foldKey(arn) === foldKey(found.pathArn) ? undefined : `the ARN of this role is ${found.pathArn}`;
    case 'successor':
      return `the role was re-created as ${found.role.pathArn}`;
    case 'gone':
      return found.reason;
    case 'unknown':
      return undefined;
  }
}

export function unusedRoleArns({ roleArns }: StatedPaths, { entries, file }: AwsAuth): Finding[] {
  const named = new Set(entries.map((entry) => roleArnKey(entry.arn)));
  return roleArns
    .filter((arn) => !named.has(roleArnKey(arn)))
    .map((arn) =>
      warning('role-arn-unused', `--role-arn ${arn} matches no entry in ${file}`, {
        help: "Check the role's account and name, or remove this --role-arn.",
      }),
    );
}

/**
 * Notes on roles whose path is unproven because they were not looked up: paths from an access entry, and node roles
 * without a path. `--role-arn` is trusted.
 */
export function unprovenPaths(
  translations: readonly Translation[],
  { roleArns, nodeRoles, find }: StatedPaths,
): Finding[] {
  return translations.flatMap(({ entry, arn, location }): Finding[] => {
    const { principalArn = '' } = entry ?? {};
    if (!principalArn.includes(':role/') || roleArns.includes(principalArn)) return [];
    if (find(arn).kind !== 'unknown') return [];
    if (!nodeRoles.includes(principalArn)) return [unreadRole(principalArn, 'an access entry', location)];
    return hasPath(principalArn) ? [] : [unreadRole(principalArn, NODE_ROLE_OPTIONS, location)];
  });
}
