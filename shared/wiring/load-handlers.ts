import { pathToFileURL } from 'node:url';
import { CodedError, codeOf, messageOf } from '../core/error.ts';
import type { Handler } from '../engine/engine.ts';

/**
 * A module of the user's: every function that it exports by name is a handler of that name, and so is every function in an object
 * that it exports as default.
 */
export async function loadHandlers(path: string): Promise<ReadonlyMap<string, Handler>> {
  const exported = await load(path);
  const { default: inside, ...named } = exported;
  const all = { ...(typeof inside === 'object' ? inside : {}), ...named };
  const handlers = Object.entries(all).filter((entry): entry is [string, Handler] => typeof entry[1] === 'function');
  if (handlers.length === 0) throw new CodedError('handlers_invalid', `${path} exports no functions`);
  return new Map(handlers);
}

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (thrown) {
    const missing = codeOf(thrown) === 'ERR_MODULE_NOT_FOUND' ? 'cannot be found' : 'cannot be loaded';
    throw new CodedError('handlers_invalid', `The handlers ${path} ${missing}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
