/** Envoy's default: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/panic_threshold */
export const defaultPanicFloor = 0.5;

/**
 * Whether so many breakers of a group do not let calls through that all do: then the fault is hardly with the targets, and refusing
 * everything would be the outage. What each breaker has judged for itself stays as it is and holds again when the group is above its
 * floor. One alone is no group. What an operator has forced open stays shut, so it is not asked for here.
 */
export function panics(states: readonly ('closed' | 'open' | 'half_open')[], floor: number): boolean {
  const clear = states.filter((state) => state === 'closed').length;
  return states.length > 1 && clear < floor * states.length;
}
