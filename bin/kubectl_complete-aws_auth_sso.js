#!/usr/bin/env node
// kubectl runs a program with this name for completions, and expects an answer in the format of cobra.
process.argv.splice(2, 0, '__complete');
require('./start.js').start('kubectl aws-auth-sso');
