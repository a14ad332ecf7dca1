// An old Node has to be able to read this file, to say what it lacks: no syntax that is newer than ES2015.

const OLDEST = [20, 19];

/** Runs the program under a name, which its help shows. */
exports.start = (name) => {
  if (isTooOld(process.versions.node.split('.'))) {
    const needed = OLDEST.join('.');
    process.stderr.write(
      `error: aws-auth-sso needs Node.js ${needed} or newer, this is ${process.version}\n`,
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

/** With what earlier runs compiled, which takes half of the time to start. */
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

/** A folder of the user's own, for whoever writes there decides what runs. */
function cacheFolder(env) {
  const caches = env.XDG_CACHE_HOME || env.LOCALAPPDATA || (env.HOME && `${env.HOME}/.cache`);
  if (!caches || !require('node:path').isAbsolute(caches)) return undefined;
  const folder = `${caches}/aws-auth-sso`;
  return isFolder(caches) && isFolder(folder) && isOwn(folder) ? folder : undefined;
}

/** Not so where `sudo` keeps the HOME of who calls it, or where others may write. */
function isOwn(folder) {
  if (!process.getuid) return true;
  const { uid, mode } = require('node:fs').statSync(folder);
  return uid === process.getuid() && (mode & 0o022) === 0;
}

/**
 * Makes a folder where there is none. Node would make all that is missing at once, and never ends on a file system where no folder
 * can be made though its parent is there, such as /proc or a home that autofs does not know.
 */
function isFolder(path) {
  try {
    require('node:fs').mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    return error.code === 'EEXIST';
  }
}
