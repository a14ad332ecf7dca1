import type { Fault } from '../fake-aws/fault.ts';
import { type Answer, type AnswerValue, isList } from '../fake-aws/wire/answer.ts';
import { invalid } from '../fake-aws/wire/aws-error.ts';
import type { Call } from '../fake-aws/wire/call.ts';
import { DIALECTS } from '../fake-aws/wire/service.ts';

/** Everything about a fault but the operation that it strikes; made anew for each run, for some remember what was answered before. */
export type FaultMaker = () => Omit<Fault, 'operation'>;

/** What may go wrong with an answer: refusals, answers that are broken, and answers that are whole and contradict something. */
export const FAULTS: Readonly<Record<string, FaultMaker>> = {
  'not found': () => ({ kind: 'not-found' }),
  'not found, once': () => ({ kind: 'not-found', times: 1 }),
  denied: () => ({ kind: 'denied' }),
  invalid: () => changed((_, call) => refuse(call)),
  'server error': () => ({ kind: '500' }),
  throttled: () => ({ kind: 'throttle' }),
  'half a document': () => ({ kind: 'half-body' }),
  'page of a proxy': () => ({ kind: 'html' }),
  'empty object': () => ({ kind: 'empty-object' }),
  'no list': () => ({ kind: 'no-list' }),
  'no ids': () => ({ kind: 'no-id' }),
  'no ARNs': () => ({ kind: 'no-arn' }),
  'end without a way on': () => ({ kind: 'truncated-without-marker' }),
  'end, and a way on': () => changed((answer, call) => withToken(answer, call)),
  'tokens in a circle': () => ({ kind: 'cycling-tokens' }),
  'another account': () => changed((answer) => everywhere(answer, otherAccount)),
  'another partition': () => changed((answer) => everywhere(answer, otherPartition)),
  'another resource': () => changed((answer) => everywhere(answer, otherResource)),
  'answer to another question': () => stale(),
  'one item twice, not alike': () => changed((answer) => withLists(answer, twice)),
  'empty list': () => ({ kind: 'empty-list' }),
  'end too soon': () => changed((answer, call) => withoutToken(withLists(answer, cut), call)),
};

function changed(change: (answer: Answer, call: Call) => Answer): Omit<Fault, 'operation'> {
  return { kind: 'changed', change };
}

function refuse(call: Call): never {
  throw invalid(call.service, 'The request is not valid');
}

/** Whatever is asked, the first answer comes again, as from a cache. */
function stale(): Omit<Fault, 'operation'> {
  let first: Answer | undefined;
  return changed((answer) => {
    first ??= answer;
    return first;
  });
}

/** Only IAM says in two ways whether a list goes on; elsewhere a token at the end leads to where the list began. */
function withToken(answer: Answer, { service }: Call): Answer {
  if (!Object.values(answer).some(isList)) return answer;
  const { token } = DIALECTS[service].paging;
  return token === 'Marker' ? { ...answer, IsTruncated: false, Marker: 'on' } : answer;
}

function withoutToken(answer: Answer, { service }: Call): Answer {
  const { token } = DIALECTS[service].paging;
  return { ...answer, [token]: undefined, ...('IsTruncated' in answer ? { IsTruncated: false } : {}) };
}

function otherAccount(text: string): string {
  return text.replace(/\b\d{12}\b/g, '999999999999');
}

function otherPartition(text: string): string {
  return text.replace(/\barn:aws:/g, 'arn:aws-cn:');
}

/** Names and ids of AWS's making, not those of accounts. */
function otherResource(text: string): string {
  return text
    .replace(/\b(ssoins|ps|ou|r|d)-[0-9a-z]{4,}/g, '$1-0000000000')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '00000000-0000-0000-0000-000000000000')
    .replace(/\/[^/]+$/, '/other');
}

function everywhere(answer: Answer, change: (text: string) => string): Answer {
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, inValue(value, change)]));
}

function inValue(value: AnswerValue, change: (text: string) => string): AnswerValue {
  if (typeof value === 'string') return change(value);
  if (isList(value))
    return value.map((item) => (typeof item === 'string' ? change(item) : everywhere(item, change)));
  if (typeof value !== 'object' || value instanceof Date) return value;
  return everywhere(value, change);
}

type Items = readonly (string | Answer)[];

/** The answer with other top-level lists. */
function withLists(answer: Answer, change: (items: Items) => Items): Answer {
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [name, isList(value) ? change(value) : value]),
  );
}

function cut(items: Items): Items {
  return items.slice(0, -1);
}

/** The first item stands at the end again, with another name, date or scope. */
function twice(items: Items): Items {
  const [first] = items;
  if (first === undefined || typeof first === 'string') return items;
  const other = Object.entries(first).map(([name, value]): [string, AnswerValue] => {
    if (value instanceof Date) return [name, new Date(value.getTime() + 86_400_000)];
    if (name === 'accessScope') return [name, { type: 'namespace', namespaces: ['other'] }];
    return [name, /^(Name|UserName|DisplayName|IdentityStoreId)$/.test(name) ? 'other' : value];
  });
  return [...items, Object.fromEntries(other)];
}
