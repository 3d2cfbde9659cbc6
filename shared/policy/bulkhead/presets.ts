import type { BulkheadSpec } from './spec.ts';

/** Sets of values by their names. A preset names no other one. */
export type BulkheadPresets = Readonly<Record<string, Omit<BulkheadSpec, 'preset'>>>;

/** By type of operation. Configuration adds its own, and may put its own in the place of these. */
export const bulkheadPresets: BulkheadPresets = {
  analysis_execution: { limit: 5, queueMost: 50 },
  knowledge_loading: { limit: 10, queueMost: 100 },
  content_processing: { limit: 15, queueMost: 200 },
  vector_operations: { limit: 8, queueMost: 80 },
  ai_model_inference: { limit: 3, queueMost: 30 },
};
