#!/usr/bin/env node
// kubectl asks a program of this name what may follow on the line, and reads the answer as cobra's completion does.
process.argv.splice(2, 0, '__complete', 'kubectl');
require('./start.js').start('kubectl aws-auth-sso');
