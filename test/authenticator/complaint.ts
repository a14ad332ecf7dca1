/** A difference between the tool and the authenticator, or a broken promise of the tool. */
export interface Complaint {
  /** The same for all complaints with the same cause, as far as known. */
  readonly kind: string;
  readonly detail: string;
}

export interface Judged<Input> {
  readonly input: Input;
  readonly complaints: readonly Complaint[];
}

/** Judges all cases of one kind at once. */
export type Judge<Input> = (cases: readonly Input[]) => readonly Judged<Input>[];

/** The count and the smallest case of each kind of complaint, shrunk for people to read. */
export function report<Input extends { readonly source: string }>(
  judged: readonly Judged<Input>[],
  judge: Judge<Input>,
  shorter: (input: Input) => readonly Input[],
): string[] {
  const byKind = new Map<string, Judged<Input>[]>();
  for (const one of judged)
    for (const kind of new Set(one.complaints.map((complaint) => complaint.kind)))
      byKind.set(kind, [...(byKind.get(kind) ?? []), one]);
  return [...byKind].map(([kind, all]) => {
    const [smallest] = all.toSorted((one, other) => one.input.source.length - other.input.source.length);
    if (!smallest) return kind;
    const shrunk = shrink(smallest, kind, judge, shorter);
    const detail = shrunk.complaints.find((complaint) => complaint.kind === kind)?.detail;
    return `${all.length} × ${kind}\n${detail}\n${JSON.stringify(shrunk.input, withSetsAsLists)}\n`;
  });
}

function withSetsAsLists(_: string, value: unknown): unknown {
  return value instanceof Set ? [...value] : value;
}

/** Removes parts as long as the complaint stays the same. */
function shrink<Input extends { readonly source: string }>(
  start: Judged<Input>,
  kind: string,
  judge: Judge<Input>,
  shorter: (input: Input) => readonly Input[],
): Judged<Input> {
  let best = start;
  for (;;) {
    const still = judge(shorter(best.input)).filter(({ complaints }) =>
      complaints.some((complaint) => complaint.kind === kind),
    );
    const [next] = still.toSorted((one, other) => sizeOf(one) - sizeOf(other));
    if (!next || sizeOf(next) >= sizeOf(best)) return best;
    best = next;
  }
}

function sizeOf({ input }: Judged<unknown>): number {
  return JSON.stringify(input, withSetsAsLists).length;
}

/** The case without a few lines of its file. */
export function withFewerLines<Input extends { readonly source: string }>(input: Input): Input[] {
  const lines = input.source.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const sources = [1, 2, 3, 5, 8].flatMap((count) =>
    lines.map((_, at) => lines.toSpliced(at, count).join('')),
  );
  return [...new Set(sources)].map((source) => ({ ...input, source }));
}
