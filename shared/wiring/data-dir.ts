import { isAbsolute, join } from 'node:path';

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/** Where this user's programs keep what is theirs. Source: the XDG base directory specification; Apple's and Microsoft's guides. */
export function dataDir(env: Readonly<Record<string, string | undefined>>, { platform, home }: Machine): string {
  return join(baseOf(env, platform, home), 'breakwater');
}

function baseOf(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform, home: string): string {
  const told = env[platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_DATA_HOME'];
  if (told !== undefined && isAbsolute(told)) return told;
  if (platform === 'win32') return join(home, 'AppData', 'Local');
  return platform === 'darwin' ? join(home, 'Library', 'Application Support') : join(home, '.local', 'share');
}
