// Runs command lines that come as messages, one after another, in a process that can be ended where one never does.
import { main } from '../../dist/main.js';

process.on('message', async ({ argv, stdin }) => {
  const written = { stdout: '', stderr: '' };
  const output = (name) => ({
    write(text, done) {
      written[name] += text;
      done?.();
    },
  });
  const exitCode = await main(argv, {
    stdin: [new TextEncoder().encode(stdin)],
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: {},
    cwd: import.meta.dirname,
    signal: new AbortController().signal,
  });
  process.send({ exitCode, isSilent: written.stdout === '', stderr: written.stderr.slice(0, 1000) });
});
