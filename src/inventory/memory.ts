/** Answers by key; what is asked again is remembered, and so is what is still on its way. A failure is forgotten. */
export class PromiseCache<Value> {
  private readonly known = new Map<string, Promise<Value>>();

  recall(key: string, ask: () => Promise<Value>): Promise<Value> {
    const known = this.known.get(key);
    if (known) return known;
    const asked = ask();
    this.known.set(key, asked);
    asked.catch(() => this.known.delete(key));
    return asked;
  }
}
