import { Worker } from 'node:worker_threads';

export type Files = Readonly<Record<string, string>>;

/** One command line. */
export interface Run {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** True if stdout and stderr are terminals. */
  readonly isTTY?: boolean;
}

/** Command lines to run in sequence in a folder with these files; `map.yaml` is stdin. */
export interface Task {
  readonly files: Files;
  readonly runs: readonly Run[];
}

export interface Outcome {
  readonly exitCode: number;
  /** Output and files of the run, and its exit code. */
  readonly text: string;
}

export interface ThreadData {
  readonly checkout: string;
  /** Environment of the runs. */
  readonly folder: string;
  /** The time of all runs, in milliseconds since 1970. */
  readonly now: number;
}

/** A built program in a separate thread, which starts only once. */
export class Program {
  readonly #thread: Worker;

  constructor(data: ThreadData) {
    this.#thread = new Worker(new URL('program-thread.mjs', import.meta.url), {
      workerData: data,
      // With the default of 16, garbage collection takes a third of the time.
      resourceLimits: { maxYoungGenerationSizeMb: 256 },
    });
  }

  /** Outcomes of the runs, in order; one task at a time. */
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
