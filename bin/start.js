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
  const folder = env.XDG_CACHE_HOME || env.LOCALAPPDATA || (env.HOME && `${env.HOME}/.cache`);
  if (enable && folder) enable(`${folder}/aws-auth-sso`);
}
