/** Commands that read a file from stdin; the snapshot is next to this file. */
export const COMMANDS: Readonly<Record<'check' | 'view' | 'merge', readonly string[]>> = {
  check: ['check', '-'],
  view: ['view', '-'],
  merge: [
    ...['merge', '-', '--map', 'Dev=developers', '--account', '111122223333', '--max-age', '36500d'],
    ...['--inventory', 'inventory.json'],
  ],
};
