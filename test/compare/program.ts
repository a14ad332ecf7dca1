import { Worker } from 'node:worker_threads';

export type Files = Readonly<Record<string, string>>;

/** One command line. */
export interface Run {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether stdout and stderr are terminals. */
  readonly isTTY?: boolean;
}

/** Command lines to run one after the other in a folder with these files; `map.yaml` is stdin. */
export interface Task {
  readonly files: Files;
  readonly runs: readonly Run[];
}

export interface Outcome {
  readonly exitCode: number;
  /** All that the run printed and wrote, and the exit code. */
  readonly text: string;
}

export interface ThreadData {
  readonly checkout: string;
  /** Of the runs. */
  readonly folder: string;
  /** The time of all runs, in milliseconds since 1970. */
  readonly now: number;
}

/** A built program in a thread of its own, which starts only once. */
export class Program {
  readonly #thread: Worker;

  constructor(data: ThreadData) {
    this.#thread = new Worker(new URL('program-thread.mjs', import.meta.url), {
      workerData: data,
      // With the usual 16, a third of the time is spent on collecting garbage.
      resourceLimits: { maxYoungGenerationSizeMb: 256 },
    });
  }

  /** What becomes of each run, in their order; one task at a time. */
  outcomesOf(task: Task): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      const thread = this.#thread.removeAllListeners();
      thread.once('message', resolve).once('error', reject);
      thread.postMessage(task);
    });
  }

  end(): Promise<number> {
    return this.#thread.terminate();
  }
}
