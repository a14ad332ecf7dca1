import type { Plugin } from 'rolldown';

export declare const rawFiles: Plugin;
