/**
 * Remembers what a function makes of each key: of an object as long as that lives, of anything else as long as the returned function lives.
 * @param make pure
 * @param keyOf where keys that are not the same can be equal
 */
export function memo<Key, Value>(
  make: (key: Key) => Value,
  keyOf?: (key: Key) => unknown,
): (key: Key) => Value {
  // There may be thousands, most with keys of one kind alone.
  let byValue: Map<unknown, Made<Value>> | undefined;
  let byObject: WeakMap<object, Made<Value>> | undefined;
  return (key) => {
    const id = keyOf ? keyOf(key) : key;
    if (typeof id !== 'object' || id === null) {
      byValue ??= new Map();
      return recall(byValue, id, make, key);
    }
    byObject ??= new WeakMap();
    return recall(byObject, id, make, key);
  };
}

interface Made<Value> {
  readonly value: Value;
}

interface Memory<Id, Value> {
  get(id: Id): Made<Value> | undefined;
  set(id: Id, made: Made<Value>): unknown;
}

function recall<Id, Key, Value>(
  memory: Memory<Id, Value>,
  id: Id,
  make: (key: Key) => Value,
  key: Key,
): Value {
  const before = memory.get(id);
  if (before) return before.value;
  const value = make(key);
  memory.set(id, { value });
  return value;
}

/** Remembers what a function makes at its first call. */
export function once<Value>(make: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => {
    known ??= { value: make() };
    return known.value;
  };
}

/** Remembers what a function promises for each key, also while that is under way; a failure is forgotten. */
export function memoAsync<Key, Value>(
  make: (key: Key) => Promise<Value>,
  keyOf: (key: Key) => unknown = (key) => key,
): (key: Key) => Promise<Value> {
  const promises = new Map<unknown, Promise<Value>>();
  return (key) => {
    const id = keyOf(key);
    const promise = promises.get(id) ?? make(key);
    if (!promises.has(id)) promise.catch(() => promises.delete(id));
    promises.set(id, promise);
    return promise;
  };
}
