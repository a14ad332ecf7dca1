// Caches compiled code for the next run, as Node does from 22.8 on. Delete this file when support for older Node ends.
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

/** A file name with the bundler's content hash: only such a name identifies the code that a cache belongs to. */
const HASHED = /-[\w-]{8}\.cjs$/;
const INTERRUPTED = 130;

/**
 * Loads a module of a bundle, and everything it requires, with code that earlier runs compiled.
 * @param bundle the directory of the bundle, whose modules are ASCII
 * @param name the module's file in that directory
 * @param folder the cache directory; only the user may write there, because V8 runs whatever it contains
 */
exports.loadCached = (bundle, name, folder) => {
  const ofThisNode = join(folder, `${process.version}-${process.arch}`);
  const modules = new Map();
  const scripts = new Map();
  let isNew = false;
  const load = (id) => {
    if (!id.startsWith('./')) return require(id);
    const file = id.slice(2);
    let module = modules.get(file);
    if (module) return module.exports;
    module = { exports: {} };
    modules.set(file, module);
    const filename = join(bundle, file);
    const kept = HASHED.test(file) ? join(ofThisNode, file) : undefined;
    const cachedData = kept && keptIn(kept);
    const source = `(function (exports, require, module) {${readFileSync(filename, 'latin1')}\n})`;
    const script = new Script(source, { filename, cachedData });
    if (kept) scripts.set(kept, script);
    if (kept && script.cachedDataRejected !== false) isNew = true;
    script.runInThisContext()(module.exports, load, module);
    return module.exports;
  };
  // Only at exit is it known which functions a run needs. With a new module, it also needs other functions of old modules.
  process.on('exit', (exitCode) => {
    if (isNew && exitCode !== INTERRUPTED) keep(ofThisNode, scripts);
  });
  return load(`./${name}`);
};

/**
 * A file has the code twice. V8 trusts its input, and may loop forever on a file that a crash of the machine left half
 * written; to compare two halves is faster than to load node:zlib for a checksum.
 */
function keptIn(file) {
  try {
    const content = readFileSync(file);
    const middle = Math.floor(content.length / 2);
    const code = content.subarray(0, middle);
    return middle > 0 && code.equals(content.subarray(middle)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Fails silently: a full or read-only disk costs nothing but speed. */
function keep(folder, scripts) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [file, script] of scripts) {
      const unfinished = `${file}.${process.pid}`;
      const code = script.createCachedData();
      writeFileSync(unfinished, Buffer.concat([code, code]));
      renameSync(unfinished, file);
    }
  } catch {}
}
