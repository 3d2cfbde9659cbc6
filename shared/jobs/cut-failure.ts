import { messageOf } from '../core/error.ts';
import { sizeOf } from '../core/json.ts';
import { type Failure, readRetryAfter } from '../policy/retry/index.ts';
import { limits } from './limits.ts';

/**
 * A failure as a job keeps it, in a node, an audit line and the job's header: short, whoever made it. Targets and handlers say what
 * they like, even a message that is no text.
 */
export function cutFailure({ code, message, retryable, details, name, retryAfterMs }: Failure): Failure {
  const most = limits.failureDetailsBytes;
  const waitMs = readRetryAfter(retryAfterMs);
  return {
    code: messageOf(code).slice(0, limits.failureCodeChars),
    message: cutText(messageOf(message)),
    ...(retryable !== undefined && { retryable }),
    ...(details !== undefined && sizeOf(details, most).bytes <= most && { details }),
    ...(name !== undefined && { name: messageOf(name).slice(0, limits.failureCodeChars) }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  };
}

function cutText(text: string): string {
  const most = limits.failureMessageChars;
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
