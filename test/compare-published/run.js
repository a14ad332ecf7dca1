import { bundled } from '../bundle.js';

const { main } = await bundled(new URL('.', import.meta.url), ['main.ts']);
const { text, exitCode } = await main(process.argv.slice(2));
process.stdout.write(text);
process.exitCode = exitCode;
