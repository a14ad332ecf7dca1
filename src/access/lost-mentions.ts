import { diagnoseArn } from '../authenticator/diagnose-arn.ts';
import { describeLoss, type ListKey, type LoadError } from '../authenticator/loaded.ts';
import { EmbeddedText } from '../configmap/embedded-text.ts';
import { MAP_KEYS, type MapKey, meantMapKey } from '../entry.ts';
import type { LintFinding } from '../lint/rule.ts';
import { printable, quoted } from '../text.ts';
import { nodesOf } from '../yaml/node.ts';
import { findingsIn, unparsableFinding } from './caller-notes.ts';
import { fileArgument, isSameCaller, meantParts } from './named-caller.ts';
import type { FileSearch, NearMiss } from './near-misses.ts';

/** An ARN in a text, up to the first character that probably ends it. */
const ARN = /\barn:[^\s"'`,[\]{}<>]+/gi;

/** Mentions of the caller in a file that don't load as an entry: a dropped item, a lost key, a comment. */
export function lostMentions(search: FileSearch): NearMiss[] {
  return [
    ...mentionsInList(search, 'mapRoles'),
    ...mentionsInList(search, 'mapUsers'),
    ...mentionsInUnknownKeys(search),
    ...lostAccount(search),
  ];
}

interface Mention {
  readonly arn: string;
  /** In the text. */
  readonly offset: number;
}

function mentionsIn({ own }: FileSearch, text: string): Mention[] {
  return [...text.matchAll(ARN)].flatMap(({ 0: arn, index: offset }) => {
    const meant = meantParts(arn, diagnoseArn(arn));
    return meant && isSameCaller(meant, own) ? [{ arn, offset }] : [];
  });
}

function mentionsInList(search: FileSearch, map: ListKey): NearMiss[] {
  const source = search.awsAuth.document[map];
  if (!source) return [];
  const counted = search.awsAuth[map].entries.flatMap(({ fields: { arn } }) => arn ?? []);
  return mentionsIn(search, source.text)
    .filter(({ offset }) => !counted.some(({ start, end }) => start <= offset && offset < end))
    .map(({ arn, offset }) => {
      const loss = lossAt(search, map, source, offset);
      return {
        nearness: 'exact',
        map,
        arn,
        location: source.locationOf(offset),
        ...loss,
        isEnough: true,
      };
    });
}

type Loss = Pick<NearMiss, 'why' | 'help'>;

/** The reason the text at an offset doesn't load. */
function lossAt(search: FileSearch, map: ListKey, source: EmbeddedText, offset: number): Loss {
  const { entries, errors, ignoredFrom, list } = search.awsAuth[map];
  const lost = search.awsAuth.lossOf(map);
  if (lost) return unparsable(search, map, source, lost);
  if (ignoredFrom !== null && offset >= ignoredFrom)
    return {
      why: 'the authenticator reads only the first YAML document, and this is in a later one',
      help: 'Move the entry above the line with --- or "...".',
    };
  const index = list?.items.findIndex((item) => isIn(item, offset)) ?? -1;
  const item = list?.items[index];
  const isText = item && [...nodesOf(item)].some((node) => node.kind === 'scalar' && isIn(node, offset));
  if (!item || !isText)
    return {
      why: 'it is in a comment',
      help: 'Unless intentional, remove the # in front of the entry.',
    };
  const entry = entries.find((one) => one.index === index);
  const why = entry
    ? `the item has more than one ARN, and only ${printable(entry.arn) || 'sso:'} applies`
    : `the authenticator drops this item: ${printable(errors.find((error) => error.index === index)?.message ?? '')}`;
  const { offsets } = source;
  const finding = findingIn(search, offsets.startOf(item.start), offsets.endOf(item.end));
  return { why, help: helpOf(search, finding, 'Give each entry its own item with one ARN.') };
}

function isIn({ start, end }: { readonly start: number; readonly end: number }, offset: number): boolean {
  return start <= offset && offset < end;
}

function unparsable(search: FileSearch, key: MapKey, source: EmbeddedText, error: LoadError): Loss {
  const { line } = source.locationOf(Math.max(error.offset, 0));
  const why = `${key} can't be parsed (line ${line}: ${printable(error.message)}), so the authenticator ignores all of its entries`;
  const finding = unparsableFinding(search.findings(), source, error);
  return { why, help: helpOf(search, finding, `Fix line ${line}.`) };
}

/** The first error of `check` between two offsets of the file. */
function findingIn({ findings }: FileSearch, first: number, last: number): LintFinding | undefined {
  return findingsIn(findings(), { start: first, end: last }).find(({ severity }) => severity === 'error');
}

function helpOf({ awsAuth }: FileSearch, finding: LintFinding | undefined, otherwise: string): string {
  const check = `\`aws-auth-sso check ${fileArgument(awsAuth.file)}\``;
  return finding
    ? `${finding.help}\n${check} reports it as ${finding.code}.`
    : `${otherwise} ${check} shows what is wrong.`;
}

/** Mentions under a key that the authenticator doesn't know. */
function mentionsInUnknownKeys(search: FileSearch): NearMiss[] {
  const { document } = search.awsAuth;
  return document.data.flatMap((pair): NearMiss[] => {
    const { key, value } = pair;
    if (key.kind !== 'scalar' || value.kind !== 'scalar' || isKnown(key.text)) return [];
    const meant = meantMapKey(key.text);
    if (!meant) return [];
    const text = new EmbeddedText(document.source, value, pair, document.locationOf);
    return mentionsIn(search, text.text).map(({ arn, offset }) => ({
      nearness: 'exact',
      map: meant,
      arn,
      location: text.locationOf(offset),
      why: `it is under the unknown key ${quoted(key.text)}, which the authenticator ignores`,
      help: `Rename the key to ${meant}, or move the entry there if that key exists.`,
      isEnough: true,
    }));
  });
}

function isKnown(key: string): boolean {
  return MAP_KEYS.some((known) => known === key);
}

/** The caller's account in mapAccounts, if it doesn't load. */
function lostAccount(search: FileSearch): NearMiss[] {
  const { document, mapAccounts } = search.awsAuth;
  const { accountId } = search.caller;
  const source = document.mapAccounts;
  const offset = source?.text.indexOf(accountId) ?? -1;
  if (!source || offset < 0) return [];
  const error = mapAccounts.errors[0];
  const loss =
    error?.loss === 'unparsable'
      ? unparsable(search, 'mapAccounts', source, error)
      : {
          why: error ? printable(describeLoss(error)) : "the account ID isn't a separate item",
          help: 'Write each account ID as a separate item, in quotes.',
        };
  const location = source.locationOf(offset);
  return [{ nearness: 'exact', map: 'mapAccounts', arn: accountId, location, ...loss, isEnough: true }];
}

/** A remote match if mapAccounts has accounts other than the caller's. */
export function otherAccounts({ awsAuth, caller }: FileSearch): NearMiss[] {
  const items = awsAuth.mapAccounts.list?.items ?? [];
  const listed = items.flatMap((item) => (item.kind === 'scalar' && item.text !== '' ? [item] : []));
  const [first] = listed;
  if (!first) return [];
  const others = listed.length === 1 ? '' : ` and ${listed.length - 1} more`;
  return [
    {
      nearness: 'remote',
      map: 'mapAccounts',
      arn: first.text,
      location: awsAuth.locate('mapAccounts', first.start),
      why: `mapAccounts grants access to account ${printable(first.text)}${others}, but the caller is in ${caller.accountId}`,
      help: "mapAccounts can't assign Kubernetes groups. Add an entry to mapRoles or mapUsers instead.",
      isEnough: false,
    },
  ];
}
