import { readMapAccounts } from '../authenticator/read-accounts.ts';
import { readMapRoles, readMapUsers } from '../authenticator/read-map.ts';
import { quoted } from '../text.ts';
import type { Pair, ScalarNode } from '../yaml/node.ts';
import { isInlineKey } from './field-key.ts';
import { meantMapKey } from './key-meaning.ts';
import { type Detection, MAP_KEYS, type MapKey } from './rule.ts';
import { spotOf } from './spot.ts';
import type { LintSubject } from './subject.ts';

/** The keys of `data` that the authenticator passes over, but that look like its own. */
export function* misspelledMapKeys(subject: LintSubject): Generator<Detection> {
  const { data } = subject.document;
  const counts = new Map<MapKey | undefined, number>();
  for (const meant of data.map(meaningOf)) counts.set(meant, (counts.get(meant) ?? 0) + 1);
  for (const pair of data) {
    const meant = pair.key.kind === 'scalar' && misspelledMapKey(pair.key.text);
    if (meant && pair.key.kind === 'scalar')
      yield mapKeyDetection(pair, pair.key, meant, (counts.get(meant) ?? 0) > 1);
  }
}

function misspelledMapKey(key: string): MapKey | undefined {
  return MAP_KEYS.some((known) => known === key) ? undefined : meantMapKey(key);
}

const CONTENTS: Readonly<Record<MapKey, string>> = {
  mapRoles: 'no role below it gets in',
  mapUsers: 'no user below it gets in',
  mapAccounts: 'no account below it gets in',
};

/** The key that a pair of `data` is for, rightly spelled or not. */
function meaningOf({ key }: Pair): MapKey | undefined {
  if (key.kind !== 'scalar') return undefined;
  return MAP_KEYS.find((known) => known === key.text) ?? meantMapKey(key.text);
}

/** `hasRivals`: other keys are for the same. */
function mapKeyDetection({ value }: Pair, node: ScalarNode, meant: MapKey, hasRivals: boolean): Detection {
  const isCertain = !hasRivals && value.kind === 'scalar' && holds(meant, value.text);
  return {
    spot: spotOf(null, node, null),
    what: `${quoted(node.text)} is no key of aws-auth`,
    consequence: `the authenticator passes over it, so ${CONTENTS[meant]}`,
    help: hasRivals ? `There is another key for ${meant}: put all entries below one.` : `Write ${meant}.`,
    ...(isCertain &&
      isInlineKey(node) && {
        mend: { kind: 'key', key: meant, edit: { start: node.start, end: node.end, replacement: meant } },
      }),
  };
}

/** Whether a text is what belongs below a key. */
function holds(key: MapKey, text: string): boolean {
  switch (key) {
    case 'mapRoles':
      return readMapRoles(text).entries.length > 0;
    case 'mapUsers':
      return readMapUsers(text).entries.length > 0;
    case 'mapAccounts':
      return readMapAccounts(text).entries.some((account) => /^\d{12}$/.test(account));
  }
}
