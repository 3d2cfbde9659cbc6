import { createRequire, enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * One instance of a door, served by the functions-framework's own command, as in a container of Cloud Run. Whoever started it holds
 * the other end of a channel; once that is gone, by whatever end, nobody is left to stop this one.
 *
 *     node door.mjs --target=DOOR --source=FILE --port=SOCKET
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
if (!process.connected) process.kill(process.pid, 'SIGKILL');
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/breakwater', import.meta.url)));
const framework = createRequire(import.meta.url).resolve('@google-cloud/functions-framework');
await import(pathToFileURL(join(dirname(framework), 'main.js')).href);
