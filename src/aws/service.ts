import type { Answer, Operation } from './answers.ts';
import { type AwsFailure, type CallTarget, contradiction, isAwsFailure, type Service } from './failure.ts';
import type { AssumedSession, Identity } from './identity.ts';
import { allItems, byKey, type ListPage, pages } from './pages.ts';

/** The SDK's command for each operation in use. */
type Commands = Readonly<Record<string, new (...input: never[]) => unknown>>;
type Input<Table extends Commands, Name extends keyof Table> = NonNullable<
  ConstructorParameters<Table[Name]>[0]
>;
type Command<Table extends Commands> = InstanceType<Table[keyof Table]>;

interface Client<Table extends Commands> {
  send(command: Command<Table>): Promise<unknown>;
}

/** The member of a page that holds the next page's token. */
const NEXT_PAGE: Partial<Record<Service, string>> = { eks: 'nextToken', iam: 'Marker' };

/** One identity's calls to one service in one region; subclasses add the operations. */
export abstract class AwsService<Table extends Commands> {
  protected readonly target: CallTarget;
  private readonly identity: Identity;
  private readonly session: Pick<AssumedSession, 'call'>;
  private readonly client: Client<Table>;
  private readonly commands: Table;

  /**
   * @param target includes the account if it isn't the identity's own or has separate rate limits
   * @param session of the client's credentials; default: the identity's own
   */
  constructor(
    identity: Identity,
    target: Omit<CallTarget, 'profile'>,
    client: Client<Table>,
    commands: Table,
    session: Pick<AssumedSession, 'call'> = identity.renewal,
  ) {
    this.identity = identity;
    this.session = session;
    this.target = { ...target, profile: identity.profile };
    this.client = client;
    this.commands = commands;
  }

  /** The failure for two answers of the service that can't both be true. */
  contradiction(operation: keyof Table & Operation, detail: string): AwsFailure {
    return contradiction({ ...this.target, operation }, detail);
  }

  protected call<Name extends keyof Table & Operation>(
    operation: Name,
    input: Input<Table, Name>,
  ): Promise<Answer<Name>> {
    const Constructor = this.commands[operation] as new (input: Input<Table, Name>) => Command<Table>;
    const { retrier, partition } = this.identity;
    const { region, accountId } = this.target;
    const send = () => this.client.send(new Constructor(input));
    const asked = { input: input as object, region, partition, accountId };
    return this.session.call(() => retrier.call(this.target, operation, send, asked));
  }

  /** A list, page by page. */
  protected pages<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
  ): AsyncGenerator<ListPage<T>> {
    const member = NEXT_PAGE[this.target.service] ?? 'NextToken';
    return pages({ ...this.target, operation }, async (token) => {
      const page = { ...(input as object), [member]: token } as Input<Table, Name>;
      const answer = await this.call(operation, page).catch((error: unknown) => {
        // The same request without the token was fine.
        const isOfToken = token !== undefined && isAwsFailure(error, 'invalid-request');
        throw isOfToken ? error.with({ kind: 'page-refused' }) : error;
      });
      const next = (answer as Readonly<Record<string, unknown>>)[member];
      return { items: itemsOf(answer), next: typeof next === 'string' ? next : undefined };
    });
  }

  /** All items of a list. */
  protected list<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
  ): Promise<T[]> {
    return allItems(this.pages(operation, input, itemsOf));
  }

  /**
   * All items of a list, without duplicates.
   * @throws AwsFailure `contradiction` if two items with the same key differ
   */
  protected async listOnce<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
    keyOf: (item: T) => string,
  ): Promise<T[]> {
    const items = await this.list(operation, input, itemsOf);
    return [...byKey({ ...this.target, operation }, items, keyOf).values()];
  }
}
