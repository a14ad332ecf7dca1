import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { load } from 'js-yaml';
import { inject } from 'vitest';
import { ROOT } from './pages.ts';

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Input {
  readonly description?: string;
  readonly required?: boolean;
  readonly default?: string;
}

/** A composite action. */
export interface Action {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly outputs?: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

/** A finished step, action or job; a job has the outputs of its last step. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The environment of steps. */
export interface RunnerOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folders in front of the PATH. */
  readonly path: string;
  /** Values for expressions, such as `matrix.cluster`. */
  readonly values?: Readonly<Record<string, string>>;
  /** Replacements for third-party actions, by name without version. */
  readonly actions?: Readonly<Record<string, (inputs: Readonly<Record<string, string>>) => Promise<void>>>;
}

/**
 * Shell scripts for a runner's PATH: its Node, and an npm that installs the built program instead of any package, if told
 * to run no scripts, and packs nothing. It refuses to build with credentials. It logs `ci`, `pack` and each package to
 * `npm-installs` in the working directory.
 */
export function runnerPrograms(): Readonly<Record<string, string>> {
  const program = `"${process.execPath}" "${inject('program')}"`;
  return {
    node: `#!/bin/sh\nexec "${process.execPath}" "$@"\n`,
    npm: `#!/bin/sh
set -eu
seen="\${AWS_SECRET_ACCESS_KEY-}\${AWS_TOKEN-}\${ACTIONS_ID_TOKEN_REQUEST_TOKEN-}"
case $1 in
  ci | pack) [ -z "$seen" ] || { echo 'build tools would see credentials' >&2; exit 64; } ;;
esac
case $1 in
  pack) printf 'pack\\n' >> "$HOME/npm-installs"; : > aws-auth-sso-0.tgz; exit 0 ;;
  ci) spec=ci; [ -e package-lock.json ] && [ ! -e node_modules ] || exit 64 ;;
  install) for spec; do :; done ;;
  *) exit 64 ;;
esac
case " $* " in *" --ignore-scripts "*) ;; *) echo 'npm would run scripts' >&2; exit 64 ;; esac
printf '%s\\n' "$spec" >> "$HOME/npm-installs"
case $2 in
  --prefix) folder=$3/node_modules/.bin ;;
  --global) [ -e "$spec" ] || { echo "no such file: $spec" >&2; exit 64; }; folder=$(dirname "$0") ;;
  *) exit 0 ;;
esac
mkdir -p "$folder"
printf '#!/bin/sh\\nexec %s "$@"\\n' '${program}' > "$folder/aws-auth-sso"
chmod 755 "$folder/aws-auth-sso"
`,
  };
}

const OWN = /^OWNER\/aws-auth-sso\/\.github\/actions\/(\w+)@COMMIT$/;

/** The folder of an action of this project. */
function actionFolder(name: string): string {
  return join(ROOT, '.github', 'actions', name);
}

export async function readAction(name: string): Promise<Action> {
  return load(await readFile(join(actionFolder(name), 'action.yml'), 'utf8')) as Action;
}

/** Runs steps in order, like GitHub's runner, up to the first that fails. */
export async function runSteps(steps: readonly Step[], options: RunnerOptions): Promise<Ended> {
  const job = new JobRun(options, await mkdtemp(join(options.cwd, 'runner-')));
  return job.run(steps);
}

/** Runs an action of this project like a step that `uses` it. */
export async function runAction(
  name: string,
  inputs: Readonly<Record<string, string>>,
  options: RunnerOptions,
): Promise<Ended> {
  return runSteps(
    [{ id: 'it', uses: `OWNER/aws-auth-sso/.github/actions/${name}@COMMIT`, with: inputs }],
    options,
  );
}

class JobRun {
  private readonly options: RunnerOptions;
  /** The runner's folder, for its files and RUNNER_TEMP. */
  private readonly temp: string;
  private readonly values: Map<string, string>;
  private path: string;
  private readonly written = { stdout: '', stderr: '' };
  private outputs: Readonly<Record<string, string>> = {};

  constructor(options: RunnerOptions, temp: string) {
    this.options = options;
    this.temp = temp;
    this.values = new Map(Object.entries({ 'github.token': 'TOKEN', ...options.values }));
    this.path = [options.path, '/usr/bin', '/bin'].join(delimiter);
  }

  async run(steps: readonly Step[]): Promise<Ended> {
    let exitCode = 0;
    for (const step of steps) {
      if (step.if !== undefined && !this.isMet(step.if)) continue;
      exitCode = await this.step(step, {});
      if (exitCode !== 0) break;
    }
    return { exitCode, ...this.written, outputs: this.outputs };
  }

  private async step(step: Step, env: Readonly<Record<string, string>>): Promise<number> {
    if (step.run !== undefined) return this.script(step, env);
    const uses = step.uses ?? '';
    const inputs = this.evaluated(step.with ?? {});
    const [, own] = OWN.exec(uses) ?? [];
    if (own !== undefined) return this.action(own, step, inputs);
    const [name = ''] = uses.split('@');
    const stand = this.options.actions?.[name];
    if (!stand) throw new Error(`unknown action: ${uses}`);
    await stand(inputs);
    return 0;
  }

  /** Runs a composite action with its own inputs and steps. */
  private async action(
    name: string,
    { id = name }: Step,
    inputs: Readonly<Record<string, string>>,
  ): Promise<number> {
    const action = await readAction(name);
    for (const input of Object.keys(inputs))
      if (!Object.hasOwn(action.inputs, input)) throw new Error(`${name} has no input ${input}`);
    for (const [input, { default: preset = '' }] of Object.entries(action.inputs))
      this.values.set(`inputs.${input}`, inputs[input] ?? preset);
    let exitCode = 0;
    for (const step of action.runs.steps) {
      if (exitCode === 0) exitCode = await this.step(step, { GITHUB_ACTION_PATH: actionFolder(name) });
    }
    this.outputs = Object.fromEntries(
      Object.entries(action.outputs ?? {}).map(([output, { value }]) => [output, this.evaluate(value)]),
    );
    for (const [output, value] of Object.entries(this.outputs))
      this.values.set(`steps.${id}.outputs.${output}`, value);
    return exitCode;
  }

  private async script({ id, run = '', shell, env = {} }: Step, more: Readonly<Record<string, string>>) {
    const script = join(this.temp, 'script.sh');
    const [output, path] = [join(this.temp, 'output'), join(this.temp, 'path')];
    await Promise.all([writeFile(script, run), writeFile(output, ''), writeFile(path, '')]);
    // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
    const flags = shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e'];
    const child = spawn('bash', [...flags, script], {
      cwd: this.options.cwd,
      env: {
        ...this.options.env,
        ...this.evaluated(env),
        ...more,
        HOME: this.options.cwd,
        PATH: this.path,
        GITHUB_ACTIONS: 'true',
        CI: 'true',
        GITHUB_OUTPUT: output,
        GITHUB_PATH: path,
        GITHUB_STEP_SUMMARY: join(this.options.cwd, 'summary.md'),
        RUNNER_TEMP: this.temp,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'close'),
      text(child.stdout),
      text(child.stderr),
    ]);
    this.written.stdout += stdout;
    this.written.stderr += stderr;
    const outputs = (await readFile(output, 'utf8')).split('\n').filter((one) => one !== '');
    this.outputs = Object.fromEntries(
      outputs.map((line) => [line.replace(/=.*/, ''), line.replace(/^.*?=/, '')]),
    );
    for (const [name, value] of Object.entries(this.outputs))
      this.values.set(`steps.${id}.outputs.${name}`, value);
    const added = (await readFile(path, 'utf8')).split('\n').filter((one) => one !== '');
    this.path = [...added.reverse(), this.path].join(delimiter);
    return code ?? 1;
  }

  private evaluated(texts: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(texts).map(([name, value]) => [name, this.evaluate(String(value))]),
    );
  }

  private evaluate(value: string): string {
    return value.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, name) => this.valueOf(name));
  }

  private valueOf(name: string): string {
    const value = this.values.get(name);
    if (value === undefined && !/^steps\.\w+\.outputs\./.test(name))
      throw new Error(`unknown expression: ${name}`);
    return value ?? '';
  }

  /** `steps.ID.outputs.NAME == 'VALUE'` */
  private isMet(condition: string): boolean {
    const [, name = '', wanted] = /^([\w.-]+) == '(.*)'$/.exec(condition) ?? [];
    return this.valueOf(name) === wanted;
  }
}
