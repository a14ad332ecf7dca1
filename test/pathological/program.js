// Runs command lines from messages, one by one, in a process that can be killed if a run hangs.
const { run } = await import(process.argv[2]);

process.on('message', async ({ argv, stdin }) => {
  const start = process.cpuUsage();
  const { exitCode, stdout, stderr } = await run(argv, { stdin, cwd: import.meta.dirname });
  const { user } = process.cpuUsage(start);
  process.send({
    exitCode,
    isSilent: stdout === '',
    stderr: stderr.slice(0, 1000),
    milliseconds: user / 1000,
  });
});
