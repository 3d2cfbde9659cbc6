import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** The other end of `measureApart`: one workload in this process, and its findings to the parent. */
const [file, given] = process.argv.slice(2);

/** As every command of the project does: otherwise the compiler of TypeScript would count as the engine's memory. */
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/breakwater'));

/** Nobody waits for the findings any more. */
process.once('disconnect', () => process.exit(1));

const { measure } = (await import(file!)) as { measure(given: unknown): Promise<unknown> };
const found = await measure(JSON.parse(given!));
process.send!(found, () => process.exit(0));
