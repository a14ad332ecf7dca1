/** Handles signals that arrived while the program was busy: Node looks for them between two immediates. */
export function turnOfEvents(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}
