const { subscribe } = require('node:diagnostics_channel');
const { writeSync } = require('node:fs');

// Preloaded into an engine: when its server listens, says on stderr how old the process is.
subscribe('tracing:net.server.listen:asyncEnd', () => {
  writeSync(2, `listening after ${performance.now()} ms\n`);
});
