import { parseArn } from '../arn.ts';
import { type ArnProblem, diagnoseArn } from '../authenticator/diagnose-arn.ts';
import { type Caller, parseCaller } from '../authenticator/resolve-caller.ts';
import { refusal } from '../errors.ts';
import type { EksCluster } from '../inventory/model.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { printable, quoted, shellWord } from '../text.ts';

const WHO_AM_I = 'Give the ARN that `aws sts get-caller-identity` prints, or that of an IAM role or user.';

const HELP: Readonly<Partial<Record<ArnProblem['rule'], string>>> = {
  'permission-set-arn':
    'People call as the role that Identity Center creates for it in each account: `aws-auth-sso roles --account ACCOUNT` lists them, `aws sts get-caller-identity` prints your own.',
  'identity-center-user':
    'People call as the role of a permission set: give what `aws sts get-caller-identity` prints for them. `aws-auth-sso who --user NAME` lists all that somebody gets.',
  'missing-suffix':
    'Give the whole name: `aws sts get-caller-identity` prints it, `aws-auth-sso roles --account ACCOUNT` lists the roles.',
  'assumed-role-arn':
    'The ARN of a session ends with the name of the session, assumed-role/NAME/SESSION; the ARN of the role will do too.',
};

/**
 * The caller whose ARN somebody gives.
 * @throws Failure (exit 2) where nobody can call with it: a permission set, an Identity Center user, an IAM group, no ARN at all
 */
export function requireCaller(text: string): Caller {
  const caller = parseCaller(text);
  const problem = diagnoseArn(caller?.canonicalArn ?? text) ?? sessionProblem(text);
  if (caller && !problem) return caller;
  const what = problem?.what ?? `${quoted(text)} is not an ARN as AWS writes it`;
  const help =
    problem && (HELP[problem.rule] ?? (problem.rule === 'not-a-role-or-user' ? problem.help : undefined));
  throw refusal({ message: `--caller: ${what}`, help: help ?? WHO_AM_I });
}

/** STS names every session; without a name all of a role would be one. */
function sessionProblem(text: string): ArnProblem | null {
  const isNameless = /:assumed-role\/.*\/$/.test(text);
  return isNameless
    ? { rule: 'assumed-role-arn', what: `${quoted(text)} lacks the name of the session` }
    : null;
}

/** A caller, or whom an entry is for, taken apart, in lower case. */
export interface CallerParts {
  readonly kind: Caller['kind'];
  readonly partition: string;
  readonly accountId: string;
  /** Of a user with its path. */
  readonly name: string;
  /** In the case that it was written in. */
  readonly provisioned: ProvisionedRoleArn | undefined;
}

/** @param written where that is not the ARN of the caller */
export function partsOf({ kind, canonicalArn }: Caller, written = canonicalArn): CallerParts {
  const key = callerKey(canonicalArn);
  const { partition = '', accountId = '', resource = '' } = parseArn(key) ?? {};
  const name = resource.slice(resource.indexOf('/') + 1);
  const provisioned = parseProvisionedRoleArn(written) ?? parseProvisionedRoleArn(key);
  return { kind, partition, accountId, name, provisioned };
}

export function isSameCaller(one: CallerParts, other: CallerParts): boolean {
  return (
    one.kind === other.kind &&
    one.partition === other.partition &&
    one.accountId === other.accountId &&
    one.name === other.name
  );
}

/** Whom an ARN is meant for, whatever is wrong with it; undefined for what is nobody's. */
export function meantParts(arn: string, problem: ArnProblem | null): CallerParts | undefined {
  const written = problem?.meant ?? arn;
  const text = callerKey(written);
  const meant = parseCaller(text) ?? parseCaller(`${text}/session`);
  return meant && partsOf(meant, written);
}

const NO_ARN = 'Pipe in what `aws sts get-caller-identity` prints, or an ARN.';

/**
 * The ARN in what `aws sts get-caller-identity` prints, or in a text that is no more than an ARN.
 * @throws Failure (exit 2) where there is none
 */
export function arnIn(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return arnInJson(trimmed);
  // `--query Arn` prints a string of JSON.
  const arns = trimmed.split(/[\s"]+/).filter((word) => word.startsWith('arn:'));
  const [arn] = arns;
  if (arn !== undefined && arns.length === 1) return arn;
  const message = trimmed === '' ? '--caller -: stdin is empty' : '--caller -: stdin holds no ARN';
  throw refusal({ message, help: NO_ARN });
}

function arnInJson(text: string): string {
  const identity = parseJson(text);
  const isObject = typeof identity === 'object' && identity !== null && 'Arn' in identity;
  if (isObject && typeof identity.Arn === 'string') return identity.Arn;
  throw refusal({ message: '--caller -: the JSON on stdin has no string "Arn"', help: NO_ARN });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal({ message: '--caller -: stdin is not valid JSON', help: NO_ARN }, error);
  }
}

/** A file as an argument in a command to copy; what came from stdin is a file of somebody's. */
export function fileArgument(file: string): string {
  return file.startsWith('<') ? 'FILE' : shellWord(file);
}

/** A cluster as an argument in a command to copy: its name alone is of a default account and region. */
export function clusterArgument({ arn }: Pick<EksCluster, 'arn'>): string {
  return shellWord(arn);
}

/** How an entry for a caller comes into a file. */
export function addEntryHelp({ kind, canonicalArn, accountId }: Caller, file: string): string {
  const role = parseProvisionedRoleArn(canonicalArn);
  if (role)
    return `aws-auth-sso merge --map ${shellWord(role.permissionSet)}=GROUP --account ${shellWord(accountId)} ${fileArgument(file)}`;
  const [map, field] = kind === 'role' ? ['mapRoles', 'rolearn'] : ['mapUsers', 'userarn'];
  return [
    ...(kind === 'root' ? ['AWS advises against using the root user: call as a role. All the same:'] : []),
    `Add to ${map}, with a username and Kubernetes groups of your choice:`,
    `- ${field}: ${printable(canonicalArn)}`,
    `  username: ${kind === 'role' ? '"NAME:{{SessionName}}"' : 'NAME'}`,
    '  groups: [GROUP]',
  ].join('\n');
}
