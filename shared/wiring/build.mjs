import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

/**
 * `npm run build`: the deployable bundle in `dist/`, one entrance and a piece for each door, so that a start reads only what its door
 * needs, and beside it what handlers import as `breakwater`.
 *
 *     node build.mjs [--outdir DIR]
 *
 * The SDKs are in it: a start takes a third less than with their thousands of files. The framework stays outside, for its registry must
 * be the one that the deployed command looks into.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
/** What the SDKs, which are CommonJS, expect around them. */
const commonJs = `
import { createRequire as requireFrom } from 'node:module';
const [require, __dirname, __filename] = [requireFrom(import.meta.url), import.meta.dirname, import.meta.filename];`;

const { values } = parseArgs({ options: { outdir: { type: 'string', default: `${root}dist` } } });
await rm(values.outdir, { recursive: true, force: true });
const common = {
  outdir: values.outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external: ['@google-cloud/functions-framework'],
  legalComments: 'none',
  logLevel: 'warning',
  banner: { js: commonJs },
};
await build({ ...common, entryPoints: { index: `${root}functions/index.ts` }, splitting: true });
// Apart, so that doors are cut into the same pieces whatever handlers import.
await build({ ...common, entryPoints: { library: `${root}shared/wiring/library.ts` }, splitting: true });
