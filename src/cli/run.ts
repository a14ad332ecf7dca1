import type { Outcome, Shell, ShellOptions } from './shell.ts';

/** How a command hands its verb over to `main`, which keeps the outcome until everything went well. */
export type Run = (options: ShellOptions, verb: (shell: Shell) => Promise<Outcome>) => Promise<void>;
