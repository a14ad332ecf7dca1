import { SimpleKey } from './possible-key.ts';
import { MAX_DEPTH, TOO_DEEP, YamlSyntaxError } from './syntax-error.ts';

/** The collections that are open where a scanner stands: block collections by their columns, and flow collections in the innermost. */
export class FlowContext {
  /** Column of the innermost block collection; -1: none is open. */
  indent = -1;
  /** Of the innermost flow collection, or of the block context around. */
  key = new SimpleKey(0);
  private readonly outerIndents: number[] = [];
  private readonly outerKeys: SimpleKey[] = [];

  get inFlow(): boolean {
    return this.outerKeys.length > 0;
  }

  /** The keys that may still come of tokens. */
  get keys(): readonly SimpleKey[] {
    return [this.key, ...this.outerKeys];
  }

  /**
   * Opens a block collection in a column, unless one is open there. `offset` is where it starts.
   * @throws YamlSyntaxError
   */
  openBlock(column: number, offset: number): boolean {
    if (this.inFlow || this.indent >= column) return false;
    if (this.outerIndents.length === MAX_DEPTH) throw new YamlSyntaxError(TOO_DEEP, offset);
    this.outerIndents.push(this.indent);
    this.indent = column;
    return true;
  }

  /** Closes the innermost block collection if it lies to the right of a column. */
  closeBlock(column: number): boolean {
    if (this.inFlow || this.indent <= column) return false;
    this.indent = this.outerIndents.pop() ?? -1;
    return true;
  }

  /** @throws YamlSyntaxError */
  openFlow(tokenIndex: number, offset: number): void {
    if (this.outerKeys.length === MAX_DEPTH) throw new YamlSyntaxError(TOO_DEEP, offset);
    this.outerKeys.push(this.key);
    this.key = new SimpleKey(tokenIndex);
  }

  closeFlow(): void {
    const outer = this.outerKeys.pop();
    if (!outer) return;
    // An oddity of libyaml: it forgets that a collection without keys of its own may be one.
    if (outer.index === this.key.index) outer.isHandedOn = true;
    this.key = outer;
  }
}
