/** Does work step by step while the page has nothing else to do. */
export function inIdleTime(steps: Iterator<void>): void {
  const next = () => {
    if (!steps.next().done) whenIdle(next);
  };
  whenIdle(next);
}

/** Safari has no idle time. */
function whenIdle(run: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(run, { timeout: 1_000 });
  else setTimeout(run, 100);
}
