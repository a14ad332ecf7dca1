/**
 * UTF-16 code units of text that may come from aliases: 16 times what a ConfigMap can hold. go-yaml has no such limit, and the
 * authenticator writes all of it out as JSON; what takes gigabytes there is not taken here.
 */
const MOST_TEXT = 16 * 1024 * 1024;
const LOW = 400_000;
const HIGH = 4_000_000;

/** Counts decoded nodes as go-yaml v2 does, which gives up when too large a share of them comes from aliases. */
export class AliasBudget {
  private decoded = 0;
  private aliased = 0;
  private text = 0;

  /** Whether the text of one more scalar inside an alias is within the budget. */
  takeText(length: number): boolean {
    this.text += length;
    return this.text <= MOST_TEXT;
  }

  /** Whether one more node, inside an alias or not, is within the budget. */
  take(insideAlias: boolean): boolean {
    this.decoded += 1;
    if (!insideAlias) return true;
    this.aliased += 1;
    return (
      this.aliased <= 100 || this.decoded <= 1000 || this.aliased / this.decoded <= allowedShare(this.decoded)
    );
  }
}

/** 99 % in small documents, 10 % in very large ones, linear between. */
function allowedShare(decoded: number): number {
  if (decoded <= LOW) return 0.99;
  if (decoded >= HIGH) return 0.1;
  return 0.99 - (0.89 * (decoded - LOW)) / (HIGH - LOW);
}
