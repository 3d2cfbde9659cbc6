import type { BreakerSpec } from './spec.ts';

export type BreakerPresets = Readonly<Record<string, Omit<BreakerSpec, 'preset'>>>;

/**
 * By what kind of work a target does. The longer its calls take and the dearer they are, the fewer failures are put up with, the longer it is
 * left alone, and the more probes must succeed.
 */
export const breakerPresets: BreakerPresets = {
  default: { failures: 5, openMs: 30_000, successes: 2, timeoutMs: 60_000 },
  analysis_execution: { failures: 5, openMs: 60_000, successes: 3, timeoutMs: 300_000 },
  knowledge_loading: { failures: 8, openMs: 30_000, successes: 2, timeoutMs: 60_000 },
  content_processing: { failures: 5, openMs: 60_000, successes: 3, timeoutMs: 120_000 },
  vector_operations: { failures: 5, openMs: 30_000, successes: 2, timeoutMs: 30_000 },
  ai_model_inference: { failures: 3, openMs: 120_000, successes: 4, timeoutMs: 180_000 },
};
