import { notAPageToken } from '../../../core/error.ts';
import { unknownGuard } from '../guard-views.ts';
import { apiLimits } from '../limits.ts';
import { nameOfToken, type Page, pageOf, tokenOfName } from '../page.ts';
import { ok, type Reply } from '../reply.ts';
import { defineRoute, type Route } from '../route.ts';
import * as schemas from '../schemas/guard.ts';
import { guardAction } from './guard-action.ts';

/** What is listed of guards. */

interface PageQuery {
  readonly size?: number | undefined;
  readonly page_token?: string | undefined;
}

/** Of all that there are, by name: the page holds whatever comes meanwhile. */
export function pageByName<Item extends { readonly name: string }>(
  all: readonly Item[],
  { size = apiLimits.pageSize, page_token: token }: PageQuery,
  say: (items: readonly Item[], page: Page) => Reply,
): Reply {
  const after = token === undefined ? '' : nameOfToken(token);
  if (after === undefined) throw notAPageToken(token ?? '');
  const found = all.filter(({ name }) => name > after);
  const items = found.slice(0, size);
  return say(items, pageOf(size, found.length > size ? tokenOfName(items.at(-1)!.name) : undefined));
}

export function lineRoute(guard: 'breaker' | 'bulkhead', path: string, name: string): Route {
  return defineRoute({
    name,
    method: 'GET',
    path,
    tag: 'guards',
    summary: `Read the audit of a ${guard}, newest first`,
    description:
      guard === 'breaker'
        ? 'Who changed what and why, and each transition. It is kept for good.'
        : 'Who changed what and why. It is kept for good.',
    params: guardAction.params,
    query: schemas.listing,
    answers: { 200: { description: 'A page of lines.', schema: schemas.guardLines } },
    problems: [`${guard}_not_found`],
    async handle({ path: { name: of }, query: { size = apiLimits.pageSize, page_token: token } }, { guards }) {
      const { lines, next } = await guards.readLines(guard, of, size, token);
      if (lines.length > 0) return ok({ lines, page: pageOf(size, next) });
      const all = await (guard === 'breaker' ? guards.listBreakers() : guards.listBulkheads());
      const known = all.map((each) => each.name);
      return known.includes(of) ? ok({ lines, page: pageOf(size, next) }) : unknownGuard(guard, of, known);
    },
  });
}
