import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** True with `-u`. */
    readonly updates: boolean;
  }
}

export function setup(project: TestProject): void {
  project.provide('updates', project.config.snapshotOptions.updateSnapshot === 'all');
}
