import type { Door } from '../doors/door.ts';
import type { Doors } from '../doors/entrance.ts';
import { doorNames } from './door-names.ts';

/** The doors of `functions/` as they are deployed, each with something around it; only the one that is asked for is loaded. */
export function wrapDoors(wrap: (door: Door) => Door): Doors {
  return Object.fromEntries(doorNames.map((name) => [name, async () => ({ door: wrap(await loadDoor(name)) })]));
}

async function loadDoor(name: string): Promise<Door> {
  const { href } = new URL(`../../../functions/${name}/index.ts`, import.meta.url);
  return ((await import(href)) as { readonly door: Door }).door;
}
