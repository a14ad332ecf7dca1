/** A computation that waits for others like it, as one about a node does for those about the nodes inside. */
export interface Task<Result> extends Generator<Task<Result>, Result, Result> {}

/** Runs a task and all that it waits for. However deeply they nest, the stack does not grow. */
export function runTask<Result>(task: Task<Result>): Result {
  const waiting: Task<Result>[] = [];
  let current = task;
  let step = current.next();
  for (;;) {
    if (!step.done) {
      waiting.push(current);
      current = step.value;
      step = current.next();
      continue;
    }
    const outer = waiting.pop();
    if (!outer) return step.value;
    current = outer;
    step = current.next(step.value);
  }
}
