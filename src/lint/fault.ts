/** What is wrong with a file around the texts that the authenticator reads. */
export interface ManifestProblem {
  readonly rule: 'invalid-yaml' | 'helm-template' | 'list-not-string' | 'value-not-string' | 'duplicate-key';
  /** Offsets in the file. */
  readonly start: number;
  readonly end: number;
  readonly what: string;
  /** In place of that of the rule. */
  readonly consequence?: string;
  readonly help?: string;
}
