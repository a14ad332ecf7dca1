#!/usr/bin/env node
require('./start.js').start('aws-auth-sso');
