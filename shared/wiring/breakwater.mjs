#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

/** `npx breakwater`: the launcher with the CLI as its file. */
process.argv.splice(2, 0, fileURLToPath(new URL('main.mjs', import.meta.url)));
await import('./launch.mjs');
