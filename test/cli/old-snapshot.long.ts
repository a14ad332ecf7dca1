import { expect, test } from 'vitest';
import { commandsFor, saidBy, WORLDS } from './old-snapshot.ts';

/** Worlds in which nothing is to be removed or replaced. */
const SOUND: readonly string[] = ['an access entry that takes away'];

test.each(Object.entries(WORLDS))(
  'every command and format dates what exists, and advises to remove only from a recent snapshot: %s',
  async (name, world) => {
    const { rightAdvice, ...wrong } = await saidBy(world, commandsFor(world));
    expect(wrong).toEqual({ undated: [], advice: [] });
    expect(rightAdvice.length > 0).toBe(!SOUND.includes(name));
  },
  60_000,
);
