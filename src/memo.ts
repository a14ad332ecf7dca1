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
  let byValue: Map<unknown, { readonly value: Value }> | undefined;
  let byObject: WeakMap<object, { readonly value: Value }> | undefined;
  return (key) => {
    const id: unknown = keyOf ? keyOf(key) : key;
    const isObject = typeof id === 'object' && id !== null;
    const known = isObject ? byObject?.get(id) : byValue?.get(id);
    if (known) return known.value;
    const value = make(key);
    if (isObject) {
      byObject ??= new WeakMap();
      byObject.set(id, { value });
    } else {
      byValue ??= new Map();
      byValue.set(id, { value });
    }
    return value;
  };
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
