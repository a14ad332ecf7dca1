import { exampleWorld } from './example-world.ts';
import type { WorldInput } from './fake-aws/world-input.ts';
import { blocksIn } from './pages.ts';

interface Statement {
  readonly Sid?: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string;
}

/** The policies of the page: the caller's in the management account, then that of the role in each other account. */
const [CALLER = [], READER = []] = blocksIn('docs/permissions.md')
  .filter(({ language }) => language === 'json')
  .map(({ text }): readonly Statement[] => JSON.parse(text).Statement);
const WITH_CLUSTERS = CALLER.filter(({ Sid }) => Sid === 'OnlyWithClusters');

/** The account of the example's cluster. */
const PROD = '111122223333';

/** The role that the caller's policy allows to assume. */
export const [READING_ROLE = ''] = CALLER.flatMap(
  ({ Resource = '' }) => /:role\/(.*)/.exec(Resource)?.[1] ?? [],
);

/** The operations that these statements don't allow, as the fake names them. */
function deniedBy(statements: readonly Statement[]): string[] {
  const actionsOf = (some: readonly Statement[]) => new Set(some.flatMap(({ Action }) => Action));
  // AWS answers this to everybody.
  const allowed = actionsOf([...statements, { Action: 'sts:GetCallerIdentity' }]);
  const denied = [...actionsOf(CALLER)].filter((action) => !allowed.has(action));
  return denied.map((action) => action.replace(/^sso:/, 'sso-admin:').replace(':', '.'));
}

/** Statements that allow what a cell of the table names: actions, all of a service, or a statement by its name. */
export function statementsIn(cell: string): readonly Statement[] {
  const names = [...cell.matchAll(/`(\w+:?\w*)`/g)].map(([, name = '']) => name);
  const [first] = CALLER;
  return names.flatMap((name) => [
    ...CALLER.filter(({ Sid }) => Sid === name),
    {
      Action: name.endsWith(':') ? [first?.Action ?? []].flat().filter((one) => one.startsWith(name)) : name,
    },
  ]);
}

/**
 * The AWS of the examples, where the policies of docs/permissions.md allow what they say and nothing else.
 * @param caller what the caller's policy has; default all of it
 */
export async function worldOfThePolicies(caller: readonly Statement[] = CALLER): Promise<WorldInput> {
  const { accounts = [], ...world } = await exampleWorld();
  const limited = accounts.map((one) => {
    const statements = one.id === PROD ? [...READER, ...WITH_CLUSTERS] : READER;
    return { ...one, assumableRole: READING_ROLE, denies: deniedBy(statements) };
  });
  const [management = { id: world.managementAccountId ?? '' }] = accounts.filter(
    ({ id }) => id === world.managementAccountId,
  );
  return {
    ...world,
    accounts: [
      ...limited.filter(({ id }) => id !== management.id),
      { ...management, denies: deniedBy(caller) },
    ],
  };
}
