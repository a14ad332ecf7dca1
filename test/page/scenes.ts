/** A picture of the page in the docs. */
export interface Scene {
  /** Name of the file in `docs/pictures`, without `.png`. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'light' | 'dark';
  /** The part of the address after `#`. */
  readonly hash: string;
  /** A button to press first. */
  readonly press?: string;
}

/** As wide as the text of a page on GitHub, where they are shown at their size. */
const DESKTOP = { width: 880, height: 600, colorScheme: 'light', hash: '' } as const;

export const SCENES: readonly Scene[] = [
  { ...DESKTOP, height: 800, name: 'access-light' },
  { ...DESKTOP, height: 800, name: 'access-dark', colorScheme: 'dark' },
  { ...DESKTOP, name: 'access-graph', hash: 'tab=graph&risk=bind&risk=exec-system' },
  { ...DESKTOP, name: 'access-permissions', hash: 'tab=rights&can=get secrets&namespace=payments' },
  { ...DESKTOP, name: 'access-phone', width: 390, height: 844 },
];
