import { messageOf } from '../../core/error.ts';
import type { ApiServer } from '../api/serve-api.ts';
import { exitCodes } from './exit-codes.ts';
import type { OpenEngine, Settings, World } from './world.ts';

/** Serves the API on this engine until a signal ends it. */
export async function startEngine(world: World, settings: Settings): Promise<number> {
  const stop = world.catchStop();
  const open = await settings.openEngine();
  try {
    const server = await listen(world, settings, open);
    await open.engine.start();
    world.terminal.out.write(`breakwater listens on ${server.url}, store ${open.store}${guardsThrough(settings)}\n`);
    await whenAborted(stop.signal);
    const graceMs = stop.graceMs(settings.graceMs);
    world.terminal.err.write('breakwater stops: it takes no more work and lets what is under way end\n');
    await Promise.all([server.close(graceMs), open.engine.stop(graceMs)]);
    return exitCodes.done;
  } finally {
    await open.close(false);
  }
}

/** Without its password, as the table of settings has it. */
function guardsThrough({ table }: Settings): string {
  const redis = table.find(({ name, from }) => name === 'BREAKWATER_REDIS_URL' && from !== 'default');
  return redis === undefined ? '' : `, guards through ${redis.value}`;
}

/** Before the engine starts: where the port is taken nothing must run. */
async function listen(
  world: World,
  { host, port }: Settings,
  { engine, policies, guards }: OpenEngine,
): Promise<ApiServer> {
  const [{ createApi }, { serveApi }] = await Promise.all([
    import('../api/create-api.ts'),
    import('../api/serve-api.ts'),
  ]);
  const { clock, random, version, terminal } = world;
  const report = (error: unknown, context: string) =>
    terminal.err.write(`breakwater: ${context}: ${messageOf(error)}
`);
  const hosts = namesOf(host);
  const api = createApi({ engine, policies, guards, clock, random, version, report, ...(hosts && { hosts }) });
  return serveApi(api, { host, port, clock });
}

/** A page in a browser must not reach an engine that is meant for this machine by a name of the page's own. */
function namesOf(host: string): readonly string[] | undefined {
  const loopback = ['localhost', '127.0.0.1', '[::1]'];
  return host === '::1' || host === 'localhost' || host.startsWith('127.') ? [...loopback, host] : undefined;
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
