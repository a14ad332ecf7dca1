import type { Problem } from '../../errors.ts';
import { didYouMean, quoted } from '../../text.ts';
import type { Account } from '../model.ts';
import { type AccountSelector, accountMatcher, isUnitId } from './account-selector.ts';

/** Why a selector names no account, or more than it may; undefined where it is fine. Ids are always fine. */
export function selectorProblem(
  selector: AccountSelector,
  known: readonly Account[],
  callerAccountId: string | null,
): Problem | undefined {
  const matches = accountMatcher(selector, callerAccountId);
  const found = known.filter((account) => matches(account) === true);
  switch (selector.kind) {
    case 'id':
      return undefined;
    case 'self':
      return callerAccountId === null ? NO_SELF : undefined;
    case 'name':
      return found.length > 1
        ? ambiguous(selector.name, found)
        : found[0]
          ? undefined
          : unknownName(selector.name, known);
    case 'glob':
      return found[0] ? undefined : emptyGlob(selector.glob, known);
    case 'ou':
      return found[0] ? undefined : emptyUnit(selector.ou, known);
    case 'all':
      return found[0]
        ? undefined
        : { message: 'there is no account', help: 'Name accounts by id with --account.' };
  }
}

const NO_SELF: Problem = {
  message: 'nobody can say here which account `self` is',
  help: 'Name the account by its id.',
};

function ambiguous(name: string, found: readonly Account[]): Problem {
  const ids = found.map(({ id, state }) =>
    state === null || state === 'ACTIVE' ? id : `${id}, ${state.toLowerCase()}`,
  );
  return {
    message: `${found.length} accounts are named ${quoted(name)}: ${ids.join(' and ')}`,
    help: 'Name the one you mean by its id.',
  };
}

function unknownName(name: string, known: readonly Account[]): Problem {
  const names = namesOf(known);
  return {
    message: `no account is named ${quoted(name)}`,
    help: didYouMean(name, names) ?? nextWithout(names),
  };
}

function emptyGlob(glob: string, known: readonly Account[]): Problem {
  return { message: `no account's name matches ${quoted(glob)}`, help: nextWithout(namesOf(known)) };
}

function namesOf(known: readonly Account[]): string[] {
  return known.flatMap(({ name }) => name ?? []);
}

function nextWithout(names: readonly string[]): string {
  return names.length === 0
    ? 'The names of the accounts are not known here; name them by id.'
    : 'Case and every character count; `aws organizations list-accounts` shows the names.';
}

function emptyUnit(unit: string, known: readonly Account[]): Problem {
  const paths = known.flatMap(({ ou }) => (ou ? prefixesOf(ou) : []));
  if (known.some(({ ouIds }) => ouIds !== null)) return unknownUnit(unit, paths);
  return {
    message: `the accounts of organizational unit ${quoted(unit)} are not known here`,
    help: 'Name the accounts by id, or take a snapshot with --ou or --all-accounts.',
  };
}

/** For a unit that does not exist, or holds no account. */
export function unknownUnit(unit: string, paths: Iterable<string>): Problem {
  return {
    message: `no account is in an organizational unit of the ${isUnitId(unit) ? 'id' : 'path'} ${quoted(unit)}`,
    help:
      didYouMean(unit, paths) ??
      'Give its id (ou-…), or the names from the root down, joined by `/`, without the root.',
  };
}

/** `A/B` and `A`. */
function prefixesOf(path: string): string[] {
  return path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'));
}
