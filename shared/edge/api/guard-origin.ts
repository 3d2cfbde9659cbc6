import { type Problem, problem } from './problem.ts';

/**
 * A browser sends requests to a loopback port for any page that asks. A page of another site must not steer this engine: one that
 * posts is known by its `Origin`, one that has pointed its own name at us by the `Host` it asks for.
 */
export function foreignOrigin(request: Request, hosts: readonly string[] | undefined): Problem | undefined {
  const { host, hostname } = new URL(request.url);
  if (hosts && !hosts.includes(hostname)) {
    return problem('foreign_origin', `this engine does not answer as ${hostname}`, { allowed: hosts });
  }
  const origin = request.headers.get('origin');
  if (origin === null || request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (URL.canParse(origin) && new URL(origin).host === host) return undefined;
  return problem('foreign_origin', `a page of ${origin} may not send this`);
}
