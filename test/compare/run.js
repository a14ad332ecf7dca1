import { bundled } from '../bundle.js';

const { main } = await bundled(new URL('.', import.meta.url), ['main.ts', 'program-thread.ts']);
process.exitCode = await main(process.argv.slice(2), new URL('../../', import.meta.url));
