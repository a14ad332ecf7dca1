import { tool } from './tools.ts';

const REQUIREMENTS = 'test/formats/requirements.txt';

/** @throws Error that names what to install */
export function setup(): void {
  const problem = (command: string, args: readonly string[]) => {
    const { status, output } = tool(command, args);
    if (status === 0) return [];
    return [status === null ? `${command} is missing` : (output.trim().split('\n').at(-1) ?? command)];
  };
  const problems = [
    ...problem('python3', ['-c', 'import awscli, hcl2']),
    ...problem('cfn-lint', ['--version']),
    ...problem('shellcheck', ['--version']),
  ];
  if (problems.length === 0) return;
  const install = `python3 -m pip install --requirement ${REQUIREMENTS}`;
  const error = new Error(`${problems.join('; ')}. Run ${install}`);
  // A missing tool is not a bug in the code, so the stack trace would be noise.
  delete error.stack;
  throw error;
}
