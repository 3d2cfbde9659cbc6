/** What a store keeps of counts, each with its reason. */
export const slotLimits = {
  /** Those that were last added to. A target whose address comes from data must not fill a store. */
  names: 10_000,
  /** Since a name was last added to, where the store knows the time: 31 days. */
  keptMs: 31 * 86_400_000,
} as const;
