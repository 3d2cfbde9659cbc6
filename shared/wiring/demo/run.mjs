import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The demo's door, with the same cache as `breakwater`. */
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/breakwater', import.meta.url)));
const { main } = await import('./demo.ts');
await main(process.argv.slice(2), process.env);
