import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import type { ConfigMapData } from './outcome.ts';

/** Versions of one aws-auth, to be asked about together; `callers` are ARNs besides those of the entries. */
export interface InventoryQuery {
  readonly data?: readonly ConfigMapData[];
  /** Manifests as kubectl is given them. */
  readonly files?: readonly string[];
  /** Bare lists of mapRoles. */
  readonly lists?: readonly string[];
  readonly callers?: readonly string[];
}

export interface Answer {
  /** In the order of the question. */
  readonly versions: readonly Version[];
  /** All of the ARNs that a caller of AWS can have. */
  readonly callers: readonly Caller[];
}

export interface Caller {
  /** In lower case. */
  readonly arn: string;
  /** An EC2 instance may be behind it. */
  readonly machine: boolean;
}

export interface Version {
  /** Why kubectl cannot take the file; null where it can. */
  readonly fileError: string | null;
  /** Everything in the file but what the authenticator reads, as lines of JSON. */
  readonly rest: string;
  readonly data: ConfigMapData;
  readonly outcome: AuthenticatorOutcome;
  /** For each caller as whom they get in: nobody, somebody, or one of several by chance. */
  readonly identities: readonly (readonly Identity[])[];
}

export interface Identity {
  readonly username: string;
  readonly groups: readonly string[] | null;
}

type Key = keyof ConfigMapData;

/** What aws-iam-authenticator loads. */
interface AuthenticatorOutcome {
  readonly errors: Readonly<Partial<Record<Key, string>>>;
  /** Whether it loses the whole key for its error. */
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

/** aws-iam-authenticator's answers, by the program that the global set-up builds. */
export function ask(questions: readonly InventoryQuery[]): Answer[] {
  return run([], questions).map(answerFrom);
}

/** Tokens of callers to be reviewed while a ConfigMap is there; callers are ARNs as STS says them. */
export interface Reviews {
  readonly data: readonly [ConfigMapData];
  readonly reviews: readonly string[];
}

/** For each caller all that may come of it, chance deciding: null for being denied. By the whole of its server. */
export function review(questions: readonly Reviews[]): (Identity | null)[][][] {
  return run(['server'], questions).map((line) => JSON.parse(line).reviews);
}

/** The lines that the program answers. */
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

/** Go writes null for an empty slice of accounts; user ids are nothing that we load. */
function answerFrom(line: string): Answer {
  return JSON.parse(line, (key, value) => {
    if (key === 'userid') return undefined;
    return key === 'accounts' ? (value ?? []) : value;
  });
}
