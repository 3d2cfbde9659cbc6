import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

// Tests run the very text that production runs: Node's own type stripping, no second compiler.
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source, path) => createHash('sha256').update(process.version).update(path).update(source).digest('hex'),
};
