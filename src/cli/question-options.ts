import { type Command, Option } from 'commander';
import { refusal } from '../errors.ts';
import { addRbac } from '../rbac/model.ts';
import { repeated } from './define-command.ts';
import type { RbacOptions } from './option-values.ts';

/** Options of a question about permissions. */
export interface QuestionOptions {
  readonly can?: readonly string[];
  readonly namespace?: string;
}

/**
 * @param description what the command does with the question
 * @param namespace what it does with the namespace
 */
export function addQuestionOptions(command: Command, description: string, namespace: string): Command {
  return command
    .addOption(new Option('--can <verb resource>', description).argParser(repeated))
    .addOption(new Option('-n, --namespace <name>', namespace));
}

/**
 * Checks the form of a question before any file is read or call made.
 * @param mayBeNamespace true if a namespace alone asks for all permissions there
 * @throws Failure (exit 2) for an invalid question, and without anything that can answer it
 */
export async function requireAnswerable(
  {
    can,
    namespace,
    rbac,
    cluster,
  }: QuestionOptions & RbacOptions & { readonly cluster?: string | readonly string[] },
  mayBeNamespace: boolean,
): Promise<void> {
  if (namespace !== undefined && can === undefined && !mayBeNamespace)
    throw refusal({
      message: '--namespace requires --can',
      help: "For example: --can 'get secrets' -n payments",
    });
  if (can === undefined && namespace === undefined) return;
  if (!rbac && !cluster)
    throw refusal({
      message: `${can ? '--can' : '--namespace'} requires --rbac or --cluster: the cluster's bindings and access policies define what people can do`,
      help: `${addRbac()}\nOr add --cluster NAME for what its access policies allow.`,
    });
  const { wordsOf } = await import('../rbac/question.ts');
  for (const text of can ?? []) wordsOf(text);
}
