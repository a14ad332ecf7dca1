import type { TestProject } from 'vitest/node';
import { findChromium, findFirefox } from './find-browsers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The executable of Chromium or Chrome. */
    readonly chromium: string;
    /** The executable of Firefox, if there is one. */
    readonly firefox: string | null;
  }
}

/** Finds the browsers. */
export function setup(project: TestProject): void {
  project.provide('chromium', findChromium());
  project.provide('firefox', findFirefox());
}
