import type { BenchOptions } from '../bench.ts';
import { figureOf } from '../figure.ts';
import { found, ms, type Part, skip } from './part.ts';
import { sizes } from './sizes.ts';
import { type Start, startCommand, startOnce } from './start-once.ts';

/** From nothing to an engine that listens. The first start fills the compile cache and does not count. */
export async function measureStart(options: BenchOptions): Promise<Part> {
  options.tell('start');
  const command = startCommand();
  if (!command) return skip('start to listening', 'package.json has no `start` that calls node');
  await startOnce(command, options.dir);
  const starts: Start[] = [];
  while (starts.length < sizes.starts) starts.push(await startOnce(command, options.dir));
  return found([
    figureOf(
      'start to listening, own time',
      starts.map(({ ownMs }) => ownMs),
      ms(400),
    ),
    figureOf(
      'start to first line, with the launcher',
      starts.map(({ wholeMs }) => wholeMs),
      ms(),
    ),
  ]);
}
