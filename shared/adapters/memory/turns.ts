/** About two milliseconds of the engine's work. */
export const callsPerTurn = 64;

/**
 * Promises alone never let the event loop go round: a long chain of them would keep timers, sockets and signals waiting to its end.
 * After so many calls all further ones wait together for the loop's next turn; undefined where there is nothing to wait for.
 */
export function createTurns(callsMax: number): () => Promise<void> | undefined {
  let calls = 0;
  let turn: Promise<void> | undefined;
  return () => {
    if (++calls < callsMax) return undefined;
    turn ??= new Promise((resolve) => {
      setImmediate(() => {
        calls = 0;
        turn = undefined;
        resolve();
      });
    });
    return turn;
  };
}
