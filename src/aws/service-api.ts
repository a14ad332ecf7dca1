import type { Answer, Operation } from './answers.ts';
import type { CallTarget, Service } from './failure.ts';
import type { Identity } from './identity.ts';
import { allItems, type Page, pages } from './paginate.ts';

/** The SDK's command for each operation of a service that is used. */
type Commands = Readonly<Record<string, new (...input: never[]) => unknown>>;
type Input<Table extends Commands, Name extends keyof Table> = NonNullable<
  ConstructorParameters<Table[Name]>[0]
>;
type Command<Table extends Commands> = InstanceType<Table[keyof Table]>;

interface Client<Table extends Commands> {
  send(command: Command<Table>): Promise<unknown>;
}

/** One identity's calls to one service in one region. */
export class ServiceApi<Table extends Commands> {
  readonly target: CallTarget;
  private readonly identity: Identity;
  private readonly client: Client<Table>;
  private readonly commands: Table;

  constructor(identity: Identity, service: Service, region: string, client: Client<Table>, commands: Table) {
    this.identity = identity;
    this.target = { service, region, profile: identity.profile };
    this.client = client;
    this.commands = commands;
  }

  call<Name extends keyof Table & Operation>(
    operation: Name,
    input: Input<Table, Name>,
  ): Promise<Answer<Name>> {
    const Constructor = this.commands[operation] as new (input: Input<Table, Name>) => Command<Table>;
    return this.identity.retrier.call(this.target, operation, () => this.client.send(new Constructor(input)));
  }

  /** Every page of a list, as it comes. */
  pages<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
  ): AsyncGenerator<Page<T>> {
    return pages({ ...this.target, operation }, async (NextToken) => {
      const answer = await this.call(operation, { ...(input as object), NextToken } as Input<Table, Name>);
      const { NextToken: next } = answer as { readonly NextToken?: string | null };
      return { items: itemsOf(answer), next };
    });
  }

  /** All items of a list. */
  list<Name extends keyof Table & Operation, T>(
    operation: Name,
    input: Input<Table, Name>,
    itemsOf: (answer: Answer<Name>) => readonly T[],
  ): Promise<T[]> {
    return allItems(this.pages(operation, input, itemsOf));
  }
}
