import { codeOf, messageOf } from '../../core/error.ts';
import { apiLimits } from './limits.ts';
import { type Problem, type ProblemCode, problem } from './problem.ts';

/** Failures of the world that a caller may hear of. Anything else is ours: it is reported and told without its inside. */
const told: Readonly<Record<string, ProblemCode>> = {
  store_unavailable: 'store_unavailable',
  store_full: 'store_full',
  store_damaged: 'store_damaged',
  store_too_new: 'job_unreadable',
  store_too_old: 'job_unreadable',
  store_timeout: 'store_unavailable',
  store_denied: 'store_unavailable',
  store_missing: 'store_unavailable',
  page_token_invalid: 'invalid_request',
};

export function failureProblem(thrown: unknown, newErrorId: () => string, report: (errorId: string) => void): Problem {
  const code = told[codeOf(thrown)];
  if (code === 'invalid_request') {
    return problem(code, messageOf(thrown), { errors: [{ path: 'query.page_token', message: messageOf(thrown) }] });
  }
  if (code === 'store_unavailable') {
    return problem(code, messageOf(thrown), {}, { 'Retry-After': String(apiLimits.retryAfterSeconds) });
  }
  if (code === 'job_unreadable') return problem(code, messageOf(thrown));
  const errorId = newErrorId();
  report(errorId);
  return problem(code ?? 'internal_error', `the request was not carried out; error ${errorId} was reported`, {
    errorId,
  });
}
