// An old Node must be able to run this file to report its version: no syntax newer than ES2015.

const OLDEST = [20, 19];

/** Runs the program under the name that its help shows. */
exports.start = (name) => {
  if (isTooOld(process.versions.node.split('.'))) {
    const needed = OLDEST.join('.');
    process.stderr.write(
      `error: aws-auth-sso requires Node.js ${needed} or newer; this is ${process.version}\n`,
    );
    process.exitCode = 2;
    return;
  }
  loadProgram(process.env).runProcess(process, name);
};

function isTooOld(version) {
  const major = Number(version[0]);
  return major < OLDEST[0] || (major === OLDEST[0] && Number(version[1]) < OLDEST[1]);
}

const PROGRAM = 'process.cjs';

/** Loads the program with the compile cache, which halves the startup time. */
function loadProgram(env) {
  const folder = env.NODE_DISABLE_COMPILE_CACHE ? undefined : cacheFolder(env);
  const enable = require('node:module').enableCompileCache;
  const bundle = require('node:path').join(__dirname, '../dist');
  if (folder && !enable) {
    const { loadCached } = require('./compile-cache.js');
    return loadCached(bundle, PROGRAM, folder);
  }
  if (folder) enable(folder);
  return require(`${bundle}/${PROGRAM}`);
}

/** A directory that only the user can write to, because its content is run. */
function cacheFolder(env) {
  const caches = env.XDG_CACHE_HOME || env.LOCALAPPDATA || (env.HOME && `${env.HOME}/.cache`);
  if (!caches || !require('node:path').isAbsolute(caches)) return undefined;
  const folder = `${caches}/aws-auth-sso`;
  return folderAt(caches) && isOwn(folderAt(folder)) ? folder : undefined;
}

/** False if `sudo` kept the HOME of another user, or if others may write. */
function isOwn(stats) {
  if (!stats || !process.getuid) return Boolean(stats);
  return stats.uid === process.getuid() && (stats.mode & 0o022) === 0;
}

/**
 * Creates a directory, unless it exists. Not recursively: that hangs in Node on a file system that refuses directories
 * although the parent exists, such as /proc or a home that autofs doesn't know.
 */
function folderAt(path) {
  const { mkdirSync, statSync } = require('node:fs');
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) mkdirSync(path, 0o700);
    return found || statSync(path);
  } catch (_error) {
    return undefined;
  }
}
