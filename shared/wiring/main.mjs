import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * `breakwater`. What was compiled at an earlier start is taken from a cache, so nothing else is imported before that is on; and it is
 * plain JavaScript, since the compiler of TypeScript alone would take longer to load than all the rest.
 */
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/breakwater', import.meta.url)));
const { main } = await import('./cli.ts');
await main(process.argv.slice(2));
