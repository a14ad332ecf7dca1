#!/usr/bin/env node
require('./start.js').start('kubectl aws-auth-sso');
