import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';

interface Ran {
  readonly status: number | null;
  /** Output of both streams. */
  readonly output: string;
}

/** Terraform without the settings of the user. */
const TERRAFORM = { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };

/** The directory of pip's programs, which may not be on the PATH. */
const WHERE = `
import os, sysconfig
print(sysconfig.get_path("scripts"), sysconfig.get_path("scripts", os.name + "_user"), sep=os.pathsep)`;
const PATH = [
  process.env.PATH,
  spawnSync('python3', ['-c', WHERE], { encoding: 'utf8' }).stdout?.trim(),
].join(delimiter);

/** Runs a tool to its end; status null if it is missing. */
export function tool(
  command: string,
  args: readonly string[],
  { cwd, stdin = '' }: { readonly cwd?: string; readonly stdin?: string } = {},
): Ran {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    input: stdin,
    encoding: 'utf8',
    env: { ...process.env, ...TERRAFORM, PATH },
  });
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` };
}

export const HAS_TERRAFORM = tool('terraform', ['version']).status === 0;
