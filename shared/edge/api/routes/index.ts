import type { Route } from '../route.ts';
import { answerRecovery, cancelRecovery } from './answer-recovery.ts';
import { cancelBatch, getBatch, listBatches, listBatchResults, startBatch } from './batches.ts';
import {
  forceBreaker,
  getBreaker,
  listBreakerLines,
  listBreakers,
  putBreaker,
  releaseBreaker,
  resetBreaker,
} from './breakers.ts';
import { getBulkhead, listBulkheadLines, listBulkheads, putBulkhead, resetBulkhead } from './bulkheads.ts';
import { listCheckpoints, restoreJob, takeCheckpoint } from './checkpoints.ts';
import { diagnoseJob } from './diagnose-job.ts';
import { exportAudit } from './export-audit.ts';
import { getMetrics } from './get-metrics.ts';
import { getGuardHealth } from './guard-health.ts';
import { listJobs } from './list-jobs.ts';
import { listJobRetries, listRetries } from './list-retries.ts';
import { cancelRetry, retryNode } from './overrule-retry.ts';
import { readAudit } from './read-audit.ts';
import { getJob, getProgress, getReport, getSpec } from './read-job.ts';
import { getNode, listNodes } from './read-nodes.ts';
import { recoverJob } from './recover-job.ts';
import { getRecovery, getRecoveryProgress, listRecoveries } from './recoveries.ts';
import { redriveJob } from './redrive-job.ts';
import { completeNode, failNode, heartbeatNode } from './report-attempt.ts';
import { retryCompensation } from './retry-compensation.ts';
import {
  createRetryPolicy,
  deleteRetryPolicy,
  getRetryPolicy,
  listRetryPolicies,
  listRetryPolicyVersions,
  putRetryPolicy,
} from './retry-policies.ts';
import { signalJob } from './signal-job.ts';
import { skipNode } from './skip-node.ts';
import { cancelJob, pauseJob, resumeJob, rollbackJob } from './steer-job.ts';
import { streamEvents } from './stream-events.ts';
import { submitJob } from './submit-job.ts';
import { getCost } from './tell-cost.ts';
import { getHealth, getOpenApi } from './tell-engine.ts';
import { validateJob } from './validate-job.ts';
import { verifyAudit } from './verify-audit.ts';

/** The one table: the router and the OpenAPI document are both made from it. A fixed path stands before one with a parameter. */
export const routes: readonly Route[] = [
  submitJob,
  listJobs,
  validateJob,
  getJob,
  getSpec,
  getProgress,
  getReport,
  getCost,
  readAudit,
  exportAudit,
  verifyAudit,
  streamEvents,
  cancelJob,
  pauseJob,
  resumeJob,
  rollbackJob,
  redriveJob,
  signalJob,
  listNodes,
  getNode,
  completeNode,
  failNode,
  heartbeatNode,
  retryNode,
  cancelRetry,
  listJobRetries,
  listRetries,
  skipNode,
  retryCompensation,
  diagnoseJob,
  takeCheckpoint,
  listCheckpoints,
  restoreJob,
  recoverJob,
  listRecoveries,
  getRecovery,
  getRecoveryProgress,
  answerRecovery,
  cancelRecovery,
  startBatch,
  listBatches,
  getBatch,
  listBatchResults,
  cancelBatch,
  createRetryPolicy,
  listRetryPolicies,
  getRetryPolicy,
  listRetryPolicyVersions,
  putRetryPolicy,
  deleteRetryPolicy,
  getGuardHealth,
  getMetrics,
  listBreakers,
  getBreaker,
  putBreaker,
  forceBreaker,
  releaseBreaker,
  resetBreaker,
  listBreakerLines,
  listBulkheads,
  getBulkhead,
  putBulkhead,
  resetBulkhead,
  listBulkheadLines,
  getHealth,
  getOpenApi,
];
