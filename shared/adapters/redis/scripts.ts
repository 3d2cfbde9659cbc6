import { createHash } from 'node:crypto';

/** A Lua script that Redis runs as one step. It is called by the hash of its text, which Redis may have forgotten: then the text goes along. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

export function defineScript(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
