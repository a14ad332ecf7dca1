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
  enableCompileCache(process.env);
  require('../dist/process.cjs').runProcess(process, name);
};

function isTooOld(version) {
  const major = Number(version[0]);
  return major < OLDEST[0] || (major === OLDEST[0] && Number(version[1]) < OLDEST[1]);
}

/** Node 22 can keep what it compiled: in a folder of the user's own, for whoever writes there decides what runs. */
function enableCompileCache(env) {
  const enable = require('node:module').enableCompileCache;
  const caches = env.XDG_CACHE_HOME || env.LOCALAPPDATA || (env.HOME && `${env.HOME}/.cache`);
  if (!enable || !caches || !require('node:path').isAbsolute(caches)) return;
  const folder = `${caches}/aws-auth-sso`;
  if (isFolder(caches) && isFolder(folder)) enable(folder);
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
