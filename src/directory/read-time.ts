/**
 * When something was read from AWS. Every sentence about what exists there, and all advice that follows from it, goes
 * through here.
 */
export class ReadTime {
  /** Read in this run. */
  static readonly NOW = new ReadTime(null, false);

  /** ISO 8601, UTC; null if it was read in this run. */
  readonly at: string | null;
  /** True if it comes from a snapshot that is too old to conclude what exists now. */
  readonly isOld: boolean;

  private constructor(at: string | null, isOld: boolean) {
    this.at = at;
    this.isOld = isOld;
  }

  /** @param maxAge milliseconds */
  static ofSnapshot(capturedAt: string, maxAge: number): ReadTime {
    return new ReadTime(capturedAt, Date.now() - Date.parse(capturedAt) > maxAge);
  }

  static of({ readTime }: Timed): ReadTime {
    return readTime ?? ReadTime.NOW;
  }

  /** The time of a conclusion from several facts: the earliest. */
  static earliest(...times: readonly ReadTime[]): ReadTime {
    return times.reduce((one, other) => {
      if (one.at === null || other.at === null) return one.at === null ? other : one;
      return Date.parse(other.at) < Date.parse(one.at) ? other : one;
    }, ReadTime.NOW);
  }

  /** `the snapshot of 2026-11-20 12:00 UTC`; `AWS` if it was read in this run. */
  get source(): string {
    return this.at === null ? 'AWS' : `the snapshot of ${timeText(this.at)}`;
  }

  /** `…, as of 2026-11-20 12:00 UTC`; just the clause if it was read in this run, or has the date. */
  dated(clause: string): string {
    const date = this.at === null ? '' : `, as of ${timeText(this.at)}`;
    return clause.endsWith(date) ? clause : `${clause}${date}`;
  }

  /** A consequence of a dated clause: conditional if the snapshot is old. */
  conclusion(clause: string): string {
    return this.isOld ? `if that is still so, ${clause}` : clause;
  }

  /** The message with its date, and the help as advice. */
  tell<Told extends { readonly message: string; readonly help?: string | null | undefined }>(
    told: Told,
  ): Told {
    const { message, help } = told;
    return { ...told, message: this.dated(message), ...(help && { help: this.advice(help) }) };
  }

  /** The advice, unless it would rest on an old snapshot: then it is to take a new one. */
  advice(help: string): string {
    return this.isOld ? TAKE_NEW_SNAPSHOT : help;
  }
}

/** Something with a time at which it was read; missing if that was in this run. */
export interface Timed {
  readonly readTime?: ReadTime;
}

const TAKE_NEW_SNAPSHOT =
  'The snapshot is old. Take a new one, and run this again before you change anything.';

/** `2026-11-20 12:00 UTC` */
export function timeText(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
