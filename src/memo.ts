/**
 * Remembers what a function makes of each key: of an object as long as that lives, of anything else as long as the result lives.
 * @param make pure
 * @param keyOf where keys that are not the same can be equal
 */
export function memo<Key, Value>(
  make: (key: Key) => Value,
  keyOf: (key: Key) => unknown = (key) => key,
): (key: Key) => Value {
  const byValue = new Map<unknown, { readonly value: Value }>();
  const byObject = new WeakMap<object, { readonly value: Value }>();
  return (key) => {
    const id = keyOf(key);
    const isObject = typeof id === 'object' && id !== null;
    const known = (isObject ? byObject.get(id) : byValue.get(id)) ?? { value: make(key) };
    if (isObject) byObject.set(id, known);
    else byValue.set(id, known);
    return known.value;
  };
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
