import type { MapKey } from '../entry.ts';
import type { Finding, Location, Severity } from '../errors.ts';
import type { Edit } from '../yaml/edit.ts';
import type { LintContext } from './context.ts';

/** `safe`: who gets in does not change. `access`: an entry that granted nothing takes effect. */
export type FixKind = 'none' | 'safe' | 'access';

/** A kind of mistake. */
export interface Rule {
  /** Stable, kebab-case. */
  readonly name: string;
  /** The worst; a single finding may be less. `error`: access is broken, or wider than written. `note`: nothing is wrong, but worth a look. */
  readonly severity: Severity;
  /** The most that can be fixed; for a single finding it may be less. */
  readonly fix: FixKind;
  /** What is found, as a sentence without a full stop. */
  readonly summary: string;
  /** What it leads to, as a clause that goes on after a colon. */
  readonly consequence: string;
  /** How to fix it by hand, in whole sentences. */
  readonly help: string;
  readonly detect: (context: LintContext) => Iterable<Detection>;
}

/** Where a rule fires. */
export interface TextRange {
  /** The key whose text the offsets are in; null: they are in the file. */
  readonly map: MapKey | null;
  readonly start: number;
  readonly end: number;
  /** The item of the list that it concerns, from 0; null for the whole text. */
  readonly index: number | null;
}

/** One place where a rule fires. */
export interface Detection {
  readonly range: TextRange;
  /** What is wrong here, as a clause; the rule's consequence follows it in the message. */
  readonly what: string;
  /** Where it does less harm than the rule says. */
  readonly severity?: 'warning';
  /** In place of the rule's own. */
  readonly consequence?: string;
  readonly help?: string;
  /** What a fix does; missing where it has to be left to people. */
  readonly fix?: Fix;
}

/** A change that fixes a mistake, and what must come of it. */
export type Fix =
  /** Of a key of `data`; the edit is of the file. */
  | { readonly kind: 'rename'; readonly map: MapKey; readonly edit: Edit }
  | { readonly kind: 'remove'; readonly map: MapKey; readonly index: number }
  | {
      readonly kind: 'edit';
      readonly map: MapKey;
      /** Null: the whole text was unparsable. */
      readonly index: number | null;
      /** Of the text of the key. */
      readonly edit: Edit;
      readonly effect: FixEffect;
    };

/** What an entry has to load as; what is missing stays as it was. */
export interface FixEffect {
  readonly arn?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly group?: { readonly index: number; readonly text: string };
  readonly ssoAccountId?: string;
}

/** A mistake in a file; its code is the name of the rule. */
export interface LintFinding extends Finding {
  readonly severity: Rule['severity'];
  /** The message without the consequence. */
  readonly what: string;
  readonly help: string;
  readonly location: Location;
  /** What `fix` can do about this one. */
  readonly fixKind: FixKind;
  /** Offsets in the file, on one line; equal where there is nothing to underline. */
  readonly start: number;
  readonly end: number;
  readonly fix: Fix | null;
}
