/**
 * Caches the result of a function for each key: for an object as long as it lives, for any other key as long as the
 * returned function lives.
 * @param make pure
 * @param keyOf for keys that can be equal without being identical
 */
export function memo<Key, Value>(
  make: (key: Key) => Value,
  keyOf?: (key: Key) => unknown,
): (key: Key) => Value {
  // Created on demand: there may be thousands of caches, most with keys of one kind only.
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

/** Caches the result of the first call. */
export function once<Value>(make: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => {
    known ??= { value: make() };
    return known.value;
  };
}

/** Caches the promise for each key, even while it is pending; a rejected one is forgotten. */
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
