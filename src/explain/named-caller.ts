import { type ArnProblem, diagnoseArn } from '../aws-auth/diagnose-arn.ts';
import { type Caller, parseCaller } from '../aws-auth/resolve-caller.ts';
import { refusal } from '../errors.ts';
import { quoted } from '../text.ts';

const WHO_AM_I = 'Pass the ARN that `aws sts get-caller-identity` prints, or the ARN of an IAM role or user.';

const HELP: Readonly<Partial<Record<ArnProblem['rule'], string>>> = {
  'permission-set-arn':
    'People call as the role that Identity Center creates for it in each account. `aws-auth-sso roles --account ACCOUNT` lists these roles; `aws sts get-caller-identity` prints yours.',
  'identity-center-user':
    "People call as a permission set's role. Pass the ARN that `aws sts get-caller-identity` prints for the user, or list all of the user's access with `aws-auth-sso who --user NAME`.",
  'missing-suffix':
    'Use the complete name. `aws sts get-caller-identity` prints it, and `aws-auth-sso roles --account ACCOUNT` lists the roles.',
  'assumed-role-arn':
    "A session ARN ends with the session name: assumed-role/NAME/SESSION. The role's ARN works, too.",
};

/**
 * Parses the caller's ARN.
 * @throws Failure (exit 2) if nobody can call with it: a permission set, an Identity Center user, an IAM group, no ARN
 */
export function requireCaller(text: string): Caller {
  const caller = parseCaller(text);
  // STS names every session, so a session ARN without a name matches no caller.
  const nameless: ArnProblem | null = /:assumed-role\/.*\/$/.test(text)
    ? { rule: 'assumed-role-arn', what: `${quoted(text)} has no session name` }
    : null;
  const problem = diagnoseArn(caller?.canonicalArn ?? text) ?? nameless;
  if (caller && !problem) return caller;
  const what = problem?.what ?? `${quoted(text)} isn't a valid ARN`;
  const help =
    problem && (HELP[problem.rule] ?? (problem.rule === 'not-a-role-or-user' ? problem.help : undefined));
  const isOther = text.includes(':') && !text.startsWith('arn:');
  throw refusal({
    message: `--caller: ${what}`,
    help: help ?? (isOther ? `${WHO_AM_I}\n${NOT_FROM_AWS}` : WHO_AM_I),
  });
}

const NOT_FROM_AWS =
  '`aws-auth-sso who --rbac rbac.yaml` lists Kubernetes users, groups and service accounts.';

const NO_ARN = 'Pipe in the output of `aws sts get-caller-identity`, or an ARN.';

/**
 * Finds the ARN in the output of `aws sts get-caller-identity` or in plain text.
 * @throws Failure (exit 2) unless there is exactly one
 */
export function arnIn(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    const identity = parsedJson(trimmed);
    const isObject = typeof identity === 'object' && identity !== null && 'Arn' in identity;
    if (isObject && typeof identity.Arn === 'string') return identity.Arn;
    throw refusal({ message: '--caller -: the JSON on stdin has no "Arn" string', help: NO_ARN });
  }
  // `--query Arn` prints a JSON string.
  const arns = trimmed.split(/[\s"]+/).filter((word) => word.startsWith('arn:'));
  const [arn] = arns;
  if (arn !== undefined && arns.length === 1) return arn;
  const message = trimmed === '' ? '--caller -: stdin is empty' : '--caller -: stdin must contain one ARN';
  throw refusal({ message, help: NO_ARN });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal({ message: "--caller -: stdin isn't valid JSON", help: NO_ARN }, error);
  }
}
