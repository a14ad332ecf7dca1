import { refusal } from '../errors.ts';
import { inputName, readText } from '../io.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import type { RbacOptions } from './options.ts';
import type { Shell } from './shell.ts';

/** Maximum bytes of a file: what a large cluster has, with the manifests of everything else in between. */
const MAX_BYTES = 100_000_000;

/**
 * Reads the files of `--rbac` and reports what is odd about them; null without the option.
 * @param inputs the other files that the command reads
 * @throws Failure where a file cannot be read (exit 3), or is no valid manifest, or stdin is asked for twice (exit 2)
 */
export async function readRbac(
  { rbac }: RbacOptions,
  inputs: readonly string[],
  shell: Shell,
): Promise<Authorizer | null> {
  if (!rbac) return null;
  requireOneStdin([...inputs, ...rbac]);
  const [{ readRbacFile }, { combineRbac }] = await Promise.all([
    import('../rbac/read.ts'),
    import('../rbac/combine.ts'),
  ]);
  const files = [];
  for (const file of new Set(rbac))
    files.push(readRbacFile(await readText(shell.io, file, MAX_BYTES), inputName(file)));
  const { authorizer, findings } = combineRbac(files);
  shell.report(findings);
  return authorizer;
}

function requireOneStdin(inputs: readonly string[]): void {
  if (inputs.filter((input) => input === '-').length <= 1) return;
  throw refusal({
    message: 'stdin cannot be both the aws-auth ConfigMap and RBAC manifests',
    help: 'Give a file for one of them: aws-auth-sso … aws-auth.yaml --rbac rbac.yaml, or --rbac <(kubectl get … -o yaml).',
  });
}
