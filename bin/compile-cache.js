// What Node does itself from 22.8 on: keeps compiled code, so that the next run need not compile it again. To be deleted with the support of older versions.
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

/** The bundler puts a hash of the content into a file's name; only such a name tells which code a cache belongs to. */
const HASHED = /-[\w-]{8}\.cjs$/;
const INTERRUPTED = 130;
/** Bytes behind the code. */
const CHECKSUM = 4;

/**
 * Loads a module of a bundle, and what it requires, with what earlier runs compiled.
 * @param bundle the folder of the bundle, whose modules are ASCII
 * @param name the module's file in there
 * @param folder where the compiled code is kept; nobody but the user may write there, for V8 runs what it finds
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
  // Only then is known which functions a run needs. A run with a module that is new needs other functions of the others too.
  process.on('exit', (exitCode) => {
    if (isNew && exitCode !== INTERRUPTED) keep(ofThisNode, scripts);
  });
  return load(`./${name}`);
};

/** V8 trusts what it is given, and may loop for ever on a file that a crash of the machine left half written. */
function keptIn(file) {
  try {
    const content = readFileSync(file);
    const code = content.subarray(0, -CHECKSUM);
    return crc32(code) === content.readUInt32LE(code.length) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Nothing is lost where the disk is full or may not be written to. */
function keep(folder, scripts) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [file, script] of scripts) {
      const unfinished = `${file}.${process.pid}`;
      const code = script.createCachedData();
      const checksum = Buffer.alloc(CHECKSUM);
      checksum.writeUInt32LE(crc32(code));
      writeFileSync(unfinished, Buffer.concat([code, checksum]));
      renameSync(unfinished, file);
    }
  } catch {}
}
