// Runs in the page: measures from an event to the frame that shows the last change of the document after it.
/** Milliseconds without changes after which the page counts as done. */
const QUIET = 150;
const painted = () =>
  new Promise((done) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now());
      port2.postMessage(null);
    });
  });
let begun = Number.NaN;
let shown = 0;
let pending = 0;
let changed = 0;
const onEvent = (event) => {
  if (Number.isNaN(begun)) begun = event.timeStamp;
};
for (const type of ['keydown', 'input', 'click']) addEventListener(type, onEvent, { capture: true });
const firstRows = new Promise((done) => {
  new MutationObserver((_, observer) => {
    if (![...document.querySelectorAll('#panel-table td')].some((cell) => cell.textContent)) return;
    observer.disconnect();
    painted().then(done);
  }).observe(document, { childList: true, subtree: true });
});
addEventListener('DOMContentLoaded', () => {
  const app = document.getElementById('app') ?? document.body;
  new MutationObserver(() => {
    changed = performance.now();
    pending += 1;
    painted().then((time) => {
      shown = time;
      pending -= 1;
    });
  }).observe(app, { childList: true, subtree: true, characterData: true, attributes: true });
});
window.measured = {
  firstRows,
  begin() {
    begun = Number.NaN;
    shown = 0;
  },
  async settled() {
    let last = await painted();
    while (pending > 0 || performance.now() - Math.max(changed, begun) < QUIET) {
      await new Promise((done) => setTimeout(done, 20));
      last = Math.min(last, performance.now());
    }
    return (shown === 0 ? last : shown) - begun;
  },
};
