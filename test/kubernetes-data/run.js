import { bundled } from '../bundle.js';

const { main } = await bundled(new URL('.', import.meta.url), ['main.ts']);
main(process.argv.slice(2));
