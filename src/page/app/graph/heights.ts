import { groupBy } from '../../../group-by.ts';

/** A box, or a line where it passes between the boxes of a column. */
export interface Stop {
  readonly column: number;
  readonly height: number;
  readonly isBox: boolean;
  /** The middle. */
  y: number;
  readonly beside: { readonly stop: Stop; readonly weight: number }[];
}

const GAP = 12;
const SWEEPS = 100;
/** How much a box is drawn to the middle of the graph, so that no space stays empty: connected ones count 1. */
const GRAVITY = 0.3;

/** Connects two stops of a line. */
export function connect(one: Stop, other: Stop, weight: number): void {
  one.beside.push({ stop: other, weight });
  other.beside.push({ stop: one, weight });
}

/**
 * Moves the stops of each column, without changing their order, as close as possible to those that they are connected
 * with: lines become straighter, and the graph less high.
 */
export function settleHeights(stops: readonly Stop[], top: number): void {
  const byColumn = groupBy(stops, ({ column }) => column);
  const columns = [...byColumn.values()].map((own) => own.sort((one, other) => one.y - other.y));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const middle = stops.reduce((sum, { y }) => sum + y, 0) / stops.length;
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed()) settleColumn(column, middle);
  }
  const highest = Math.min(...stops.map(({ y, height }) => y - height / 2));
  for (const stop of stops) stop.y += top - highest;
}

/**
 * Gives stops the places with the least squared distances from those that they want, one below the other: neighbors
 * that want the same place become a block, which has the mean of what they want.
 */
function settleColumn(column: readonly Stop[], middle: number): void {
  const blocks: { sum: number; count: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const [index, stop] of column.entries()) {
    const before = column[index - 1];
    if (before) offset += (before.height + stop.height) / 2 + gapBetween(before, stop);
    offsets.push(offset);
    let block = { sum: wantedPlace(stop, middle) - offset, count: 1 };
    for (
      let last = blocks.at(-1);
      last && last.sum / last.count >= block.sum / block.count;
      last = blocks.at(-1)
    ) {
      block = { sum: block.sum + last.sum, count: block.count + last.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  const places = blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
  for (const [index, stop] of column.entries()) stop.y = (places[index] ?? 0) + (offsets[index] ?? 0);
}

/** Lines may be closer than boxes. */
function gapBetween(one: Stop, other: Stop): number {
  return Math.min(GAP, Math.max(one.height, other.height));
}

function wantedPlace({ isBox, beside }: Stop, middle: number): number {
  const gravity = isBox ? GRAVITY : 0;
  const weight = beside.reduce((sum, one) => sum + one.weight, gravity);
  return beside.reduce((sum, one) => sum + one.weight * one.stop.y, gravity * middle) / weight;
}
