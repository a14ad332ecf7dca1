/** A phrase that reads as translated, and what to write instead. */
export interface Phrase {
  readonly pattern: RegExp;
  readonly instead: string;
}

const PHRASES: Readonly<Record<string, string>> = {
  'names no (?:\\S+ ){0,2}of': "hasn't announced …",
  '(?:by|in) any way': 'by any route',
  'what there is to': 'what you can …',
  'as it was but for': 'changing only …',
  'but for those': 'except …',
  'the pages:': 'Docs:',
  'by (?:the )?aws-auth-sso\\.yaml': 'using aws-auth-sso.yaml',
  'whoever|whomever|whom': 'who, anyone who',
  'count in the': 'include the',
  'follow no|by a snapshot': 'ignore …; in a snapshot',
  '(?<!-)humans?': 'person, people; non-node entry',
  'comes nearest': 'closest match',
  '(?:gives?|given|giving) (?:nothing|nobody|no access)': 'grants no …',
  'may do nothing': 'has no permissions',
  'are those of': 'using … for …',
  'who calls is': '--caller is required',
  'empties it': 'drops it',
  'belongs to one object': 'is server-generated',
  'unless that is meant': 'unless intentional',
  '(?:gets?|got|getting|gotten) in(?: again)?(?= |[,.;:)]|$)': 'has access, regains access',
  '(?:lets?|letting) (?:\\w+ ){0,3}in(?=[ ,.;:)]|$)': 'grants access',
  'ways? on': 'workaround, options',
  'taken back': 'undone',
  'passe[sd]? over': 'skipped',
  'for these may': "don't … because",
  'is warned of': 'produces a warning',
  'not (?:be )?known': 'unknown',
  'of your own|of (?:its|their|his) own': 'your own, its own',
  'there is none|there are none': 'no …, missing',
  'stands|stood': 'is, remains',
  besides: 'also, other than',
  'in full': 'completely, all of',
  'of which': 'whose, that',
  'what it is of': 'what it belongs to',
};

/** Phrases of translated English, found in any case, also across line ends. */
export const TRANSLATED: readonly Phrase[] = Object.entries(PHRASES).map(([source, instead]) => ({
  pattern: new RegExp(`\\b(?:${source.replaceAll(' ', '\\s+')})\\b`, 'gi'),
  instead,
}));

/** First words of a sentence in a comment that has to be read twice. */
export const COMMENT_STARTS = /(?<=^|[.;]\s+)(?:of|whether|those|what|that)\b/gi;
