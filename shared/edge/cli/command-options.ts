import type { Command } from 'commander';
import { CodedError } from '../../core/error.ts';
import type { Json } from '../../core/json.ts';
import type { Settings, World } from './world.ts';

/** What commands have in common. */
export type End = (code: number) => void;

export function withUrl(command: Command): Command {
  return command.option('--url <url>', 'the engine (BREAKWATER_URL, http://127.0.0.1:8080)');
}

/** What every command has by which somebody asks for a change of a job. */
export function withAsking(command: Command): Command {
  return command
    .option('--reason <text>', 'stands in the audit')
    .option('--request-key <key>', 'the same request under the same key acts once');
}

const settingNames = [
  'store',
  'host',
  'port',
  'url',
  'allowHost',
  'concurrency',
  'lease',
  'sweep',
  'grace',
  'handlers',
] as const;

export function settingsOf(world: World, options: Readonly<Record<string, unknown>>): Settings {
  const flags = Object.fromEntries(
    settingNames.flatMap((name) => {
      const given = options[name];
      return given === undefined ? [] : [[name, Array.isArray(given) ? given.join(' ') : String(given)]];
    }),
  );
  const configured = world.configure(flags);
  if (configured.kind === 'settings') return configured.settings;
  throw new CodedError('settings_invalid', configured.faults.join('\nbreakwater: '));
}

/** An option that may be given again. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What is no JSON is taken as text. */
export function readData(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
