import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';

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

/** The folder of Terraform's providers, as for `terraform init -plugin-dir`. */
const { TF_PLUGIN_DIR } = process.env;
const hasProvider = (name: string) =>
  HAS_TERRAFORM &&
  !!TF_PLUGIN_DIR &&
  existsSync(join(TF_PLUGIN_DIR, 'registry.terraform.io', 'hashicorp', name));
export const HAS_AWS_PROVIDER = hasProvider('aws');
export const HAS_KUBERNETES_PROVIDER = hasProvider('kubernetes');

/** Runs Terraform in a folder, while this process serves its calls. */
export type Terraform = (...args: readonly string[]) => Promise<Ran>;

/**
 * Terraform in a folder, with the providers of TF_PLUGIN_DIR.
 * @param env variables of AWS
 */
export async function terraformIn(
  cwd: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Terraform> {
  const terraform: Terraform = async (command, ...args) => {
    const child = spawn('terraform', [command ?? '', '-no-color', ...args], {
      cwd,
      env: { PATH, HOME: cwd, TF_IN_AUTOMATION: '1', ...TERRAFORM, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const status = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { status: await status, output: `${stdout}${stderr}` };
  };
  const init = await terraform('init', '-input=false', '-backend=false', `-plugin-dir=${TF_PLUGIN_DIR}`);
  if (init.status !== 0) throw new Error(init.output);
  return terraform;
}
