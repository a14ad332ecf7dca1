import type { TestProject } from 'vitest/node';
import { findChromium } from './find-chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The executable of Chromium or Chrome. */
    readonly chromium: string;
  }
}

/** Finds the browser. */
export function setup(project: TestProject): void {
  project.provide('chromium', findChromium());
}
