import { buildWorld } from './build-world.ts';
import { largeWorld } from './large-world.ts';
import { type FakeAws, startFakeAws } from './server.ts';
import { type Ask, isAsk, type Told } from './spawn-message.ts';

/** The program in the other process: see `spawn.ts`. */
let fake: FakeAws | undefined;

process.on('message', async (message) => {
  if (!isAsk(message)) return;
  const told = message.ask === 'start' ? await start(message) : await answer(message, running());
  process.send?.({ ...told, id: message.id });
  if (message.ask === 'close') process.disconnect();
});

// The parent has exited or finished: without the server, nothing keeps this process alive.
process.on('disconnect', () => fake?.close());

async function start({ world, options }: Extract<Ask, { ask: 'start' }>): Promise<Told> {
  const built = 'large' in world ? largeWorld(world.large) : buildWorld(world.input);
  fake = await startFakeAws(built, options);
  return { url: fake.url, env: fake.env };
}

async function answer(ask: Exclude<Ask, { ask: 'start' }>, aws: FakeAws): Promise<Told> {
  switch (ask.ask) {
    case 'counts':
      return { calls: aws.calls, throttled: aws.throttled };
    case 'inject':
      aws.inject(ask.fault);
      return {};
    case 'reset':
      aws.reset();
      return {};
    case 'reached':
      await aws.reached(ask.operation, ask.count);
      return {};
    case 'close':
      await aws.close();
      return {};
  }
}

function running(): FakeAws {
  if (fake) return fake;
  throw new Error('the fake AWS was not started');
}
