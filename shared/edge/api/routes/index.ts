import type { Route } from '../route.ts';
import { listJobs } from './list-jobs.ts';
import { readAudit } from './read-audit.ts';
import { getJob, getProgress, getReport, getSpec } from './read-job.ts';
import { getNode, listNodes } from './read-nodes.ts';
import { completeNode, failNode, heartbeatNode } from './report-attempt.ts';
import { signalJob } from './signal-job.ts';
import { cancelJob, pauseJob, resumeJob } from './steer-job.ts';
import { streamEvents } from './stream-events.ts';
import { submitJob } from './submit-job.ts';
import { getCost } from './tell-cost.ts';
import { getHealth, getOpenApi } from './tell-engine.ts';
import { validateJob } from './validate-job.ts';

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
  streamEvents,
  cancelJob,
  pauseJob,
  resumeJob,
  signalJob,
  listNodes,
  getNode,
  completeNode,
  failNode,
  heartbeatNode,
  getHealth,
  getOpenApi,
];
