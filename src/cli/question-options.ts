import { type Command, Option } from 'commander';
import { ADD_RBAC } from '../access/answer-findings.ts';
import { refusal } from '../errors.ts';
import { repeated } from './command.ts';
import type { RbacOptions } from './options.ts';

/** Options of a question about permissions. */
export interface QuestionOptions {
  readonly can?: readonly string[];
  readonly namespace?: string;
}

/** @param description what the command does with the question */
export function addQuestionOptions(command: Command, description: string): Command {
  return command
    .addOption(new Option('--can <verb resource>', description).argParser(repeated))
    .addOption(new Option('-n, --namespace <name>', 'namespace for --can (default: any)'));
}

/**
 * Checks the form of a question before any file is read or call made.
 * @throws Failure (exit 2) for an invalid question, and without anything that can answer it
 */
export async function requireAnswerable({
  can,
  namespace,
  rbac,
  cluster,
}: QuestionOptions & RbacOptions & { readonly cluster?: string | readonly string[] }): Promise<void> {
  if (namespace !== undefined && can === undefined)
    throw refusal({
      message: '--namespace requires --can',
      help: "For example: --can 'get secrets' -n payments",
    });
  if (can === undefined) return;
  if (!rbac && !cluster)
    throw refusal({
      message:
        "--can requires --rbac or --cluster: the cluster's bindings and access policies define what people can do",
      help: `${ADD_RBAC}\nOr add --cluster NAME for what its access policies allow.`,
    });
  const { wordsOf } = await import('../rbac/question.ts');
  for (const text of can) wordsOf(text);
}
