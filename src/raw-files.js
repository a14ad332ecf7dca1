import { readFileSync } from 'node:fs';

/** A plugin for rolldown that imports a file as text if `?raw` follows its name, as vite does. */
export const rawFiles = {
  name: 'raw-files',
  load: (id) =>
    id.endsWith('?raw')
      ? `export default ${JSON.stringify(readFileSync(id.slice(0, -'?raw'.length), 'utf8'))}`
      : undefined,
};
