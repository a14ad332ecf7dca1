import { refusal } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { listed, quoted } from '../text.ts';

/** AWS tags of what is created; the keys in the order of the options. */
export type Tags = ReadonlyMap<string, string>;

/** https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html */
const [MAX_TAGS, MAX_KEY, MAX_VALUE] = [50, 128, 256];

/** Why a `--tag` is invalid, to follow its text; undefined if it is valid. */
export function tagProblem(text: string): string | undefined {
  const split = text.indexOf('=');
  if (split < 0) return 'has no =; write KEY=VALUE, or KEY= for an empty value';
  const { key, value } = tagIn(text);
  if (key === '') return 'has no key; write KEY=VALUE';
  return (
    partProblem('key', key, MAX_KEY) ??
    partProblem('value', value, MAX_VALUE) ??
    (text === text.normalize('NFC')
      ? undefined
      : "isn't in Unicode Normalization Form C, which Terraform needs; type its accents as single characters")
  );
}

function partProblem(part: 'key' | 'value', text: string, most: number): string | undefined {
  const { length } = [...text];
  if (length > most) return `has a ${part} of ${length} characters; AWS allows ${most}`;
  if (/^aws:/i.test(text)) return `has a ${part} that starts with aws:, which AWS reserves`;
  const [refused] = /[^\p{L}\p{N}\p{Zs}_.:/=+@-]/u.exec(text) ?? [];
  return refused === undefined
    ? undefined
    : `has ${quoted(refused)} in its ${part}; AWS allows letters, digits, spaces and _ . : / = + - @`;
}

function tagIn(text: string): { readonly key: string; readonly value: string } {
  const split = text.indexOf('=');
  return { key: text.slice(0, split), value: text.slice(split + 1) };
}

/**
 * The tags that `--tag` options give, each valid for itself: the key ends at the first `=`.
 * @throws Failure (exit 2) for a key with two values, or too many tags
 */
export function parseTags(texts: readonly string[]): Tags {
  const byKey = groupBy(texts.map(tagIn), ({ key }) => key);
  for (const [key, all] of byKey) {
    const values = [...new Set(all.map(({ value }) => value))];
    if (values.length > 1)
      throw refusal({
        message: `--tag gives ${quoted(key)} ${values.length} values: ${listed(values.map(quoted))}`,
        help: 'Keep one of them: an AWS tag has one value.',
      });
  }
  if (byKey.size > MAX_TAGS)
    throw refusal({
      message: `--tag gives ${byKey.size} tags, but AWS allows ${MAX_TAGS} for an access entry`,
      help: 'Remove some of them.',
    });
  return new Map([...byKey].map(([key, [tag]]) => [key, tag?.value ?? '']));
}

export const NO_TAGS: Tags = new Map();
