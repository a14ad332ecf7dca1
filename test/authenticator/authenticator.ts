import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import type { ConfigMapData } from './outcome.ts';

/** Versions of one aws-auth to evaluate together; `callers` are ARNs in addition to those of the entries. */
export interface InventoryQuery {
  readonly data?: readonly ConfigMapData[];
  /** Manifests as passed to kubectl. */
  readonly files?: readonly string[];
  /** Bare lists of mapRoles. */
  readonly lists?: readonly string[];
  readonly callers?: readonly string[];
}

export interface Answer {
  /** In the order of the request. */
  readonly versions: readonly Version[];
  /** All ARNs that an AWS caller can have. */
  readonly callers: readonly Caller[];
}

export interface Caller {
  /** In lower case. */
  readonly arn: string;
  /** True if it may be an EC2 instance. */
  readonly machine: boolean;
}

export interface Version {
  /** Why kubectl cannot read the file; null if it can. */
  readonly fileError: string | null;
  /** Everything in the file that the authenticator does not read, as lines of JSON. */
  readonly rest: string;
  readonly data: ConfigMapData;
  readonly outcome: AuthenticatorOutcome;
  /** The identity of each caller: none, one, or one of several at random. */
  readonly identities: readonly (readonly Identity[])[];
}

export interface Identity {
  readonly username: string;
  readonly groups: readonly string[] | null;
}

type Key = keyof ConfigMapData;

/** The result of loading in aws-iam-authenticator. */
interface AuthenticatorOutcome {
  readonly errors: Readonly<Partial<Record<Key, string>>>;
  /** True if its error makes it lose the whole key. */
  readonly unparsable: Readonly<Partial<Record<Key, boolean>>>;
  readonly roles: readonly Mapping[];
  readonly users: readonly Mapping[];
  readonly accounts: readonly string[];
}

export interface Mapping extends Identity {
  readonly rolearn?: string;
  readonly userarn?: string;
  readonly sso?: unknown;
}

/** aws-iam-authenticator's answers, from the program that the global setup builds. */
export function ask(questions: readonly InventoryQuery[]): Answer[] {
  return run([], questions).map(answerFrom);
}

/** Tokens of callers to review with a ConfigMap in place; callers are ARNs as returned by STS. */
export interface Reviews {
  readonly data: readonly [ConfigMapData];
  readonly reviews: readonly string[];
}

/** All possible results for each caller, some of them random; null if denied. Uses its whole server. */
export function review(questions: readonly Reviews[]): (Identity | null)[][][] {
  return run(['server'], questions).map((line) => JSON.parse(line).reviews);
}

/** The lines that the program returns. */
function run(argv: readonly string[], questions: readonly object[]): string[] {
  const program = inject('authenticator');
  const { error, status, stdout, stderr } = spawnSync(program, argv, {
    input: questions.map((question) => JSON.stringify(question)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (error || status !== 0) throw new Error(`the authenticator failed:\n${stderr}`, { cause: error });
  const answers = stdout.split('\n').filter((line) => line !== '');
  if (answers.length !== questions.length) throw new Error(`${answers.length} answers only:\n${stderr}`);
  return answers;
}

/** Go writes null for an empty slice of accounts; we do not load user IDs. */
function answerFrom(line: string): Answer {
  return JSON.parse(line, (key, value) => {
    if (key === 'userid') return undefined;
    return key === 'accounts' ? (value ?? []) : value;
  });
}
