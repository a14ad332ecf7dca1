/** A target and its measured value, in the same unit. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  readonly most: number;
  readonly unit?: string;
}

export interface Report {
  /** Markdown. */
  readonly text: string;
  readonly targets: readonly Target[];
}

/** @param root the project's directory */
export type Benchmark = (root: URL) => Promise<Report>;

/** A report of ratios only: each of `measured` against the target with the same name. */
export function ratioReport<Name extends string>(
  measured: Readonly<Record<Name, number>>,
  most: Readonly<Record<Name, number>>,
): Report {
  const limits = new Map(Object.entries<number>(most));
  const targets = Object.entries<number>(measured).map(([name, ratio]) => ({
    name: inWords(name),
    measured: ratio,
    most: limits.get(name) ?? 0,
  }));
  return { text: '', targets };
}

export function isReached({ measured, most }: Target): boolean {
  return measured <= most;
}

const WARM_UP = 5;

/**
 * The median time of each task, warm, in milliseconds. The tasks take turns, so that other load on the machine affects them
 * alike.
 */
export function medianTimes(rounds: number, tasks: readonly (() => unknown)[]): number[] {
  const times = tasks.map((): number[] => []);
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const [index, task] of tasks.entries()) {
      const start = performance.now();
      task();
      if (round >= 0) times[index]?.push(performance.now() - start);
    }
  }
  return times.map((taken) => median(taken));
}

export function median(values: readonly number[] = []): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** `target … measured … ok` */
export function targetLine(group: string, target: Target): string {
  const unit = target.unit === undefined ? '' : ` ${target.unit}`;
  const figures = `target ≤ ${number(target.most)}${unit}, measured ${number(target.measured)}${unit}`;
  return `${group}, ${target.name}: ${figures}: ${isReached(target) ? 'ok' : 'MISSED'}`;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** At most three decimals, with a thousands separator. */
export function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 3 });
}

function inWords(camelCase: string): string {
  return camelCase.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
