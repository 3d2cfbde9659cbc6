/** The calls that have left a window, fading: what a target is like when nothing is wrong with it. What opened a breaker never gets here. */
export interface Past {
  calls: number;
  failures: number;
}

export const unknownPast = (): Past => ({ calls: 0, failures: 0 });

/** About ten windows are remembered: long enough that one bad one hardly shows, short enough that a target may change within a shift. */
const windowsRemembered = 10;

/** Some calls leave a window, which holds `parts` times as many parts like this. Only calls make it fade: a quiet night forgets nothing. */
export function fade(past: Past, calls: number, failures: number, parts: number): void {
  const kept = 1 - 1 / (parts * windowsRemembered);
  past.calls = past.calls * kept + calls;
  past.failures = past.failures * kept + failures;
}
