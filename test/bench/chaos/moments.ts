import type { AuditLine } from '../../../shared/jobs/index.ts';

/** An attempt whose executor died, in milliseconds from its death. */
export interface Loss {
  /** Until the audit tells that its lease is lost. */
  readonly detectedMs: number;
  /** Until its node is claimed again, or has settled. */
  readonly progressMs: number;
}

/** When the executor that had claimed an attempt at `claimedAt` died, and lost it at `lostAt`; undefined where nobody knows. */
export type DeathOf = (owner: string, claimedAt: number, lostAt: number) => number | undefined;

/** All attempts of a job that were lost with their executor. */
export function lossesOf(lines: readonly AuditLine[], deathOf: DeathOf): readonly Loss[] {
  return [...linesByNode(lines).values()].flatMap((mine) =>
    mine.flatMap((line, place): Loss[] => {
      if (line.event !== 'leaseLost') return [];
      const claim = mine.findLast(
        ({ event, attempt }, before) => before < place && event === 'claimed' && attempt === line.attempt,
      );
      const diedAt = claim?.by === undefined ? undefined : deathOf(claim.by, claim.at, line.at);
      if (diedAt === undefined) return [];
      const isOver = line.to === 'failed';
      const next = isOver ? line : mine.slice(place).find(({ event }) => event === 'claimed');
      return [{ detectedMs: line.at - diedAt, progressMs: (next?.at ?? Infinity) - diedAt }];
    }),
  );
}

/** A retry that was made when it was due, or later. */
export interface Retry {
  /** When it was decided, and by whom the attempt before had been claimed. */
  readonly setAt: number;
  readonly owner: string;
  readonly dueAt: number;
  readonly firedAt: number;
}

/** All retries of a job that time has brought about, and no operator. */
export function retriesOf(lines: readonly AuditLine[]): readonly Retry[] {
  return [...linesByNode(lines).values()].flatMap((mine) =>
    mine.flatMap(({ event, at: firedAt }, place): Retry[] => {
      const { retryAt: dueAt, at: setAt } = mine[place - 1] ?? {};
      if (event !== 'retryDue' || dueAt === undefined || setAt === undefined) return [];
      const owner = mine.slice(0, place).findLast((line) => line.event === 'claimed')?.by ?? '';
      return [{ setAt, owner, dueAt, firedAt }];
    }),
  );
}

/**
 * How long it took from `signalledAt` until each attempt that was under way then, and whose claim fits, had ended by itself or was
 * claimed again.
 */
export function progressAfter(
  lines: readonly AuditLine[],
  signalledAt: number,
  fits: (claim: AuditLine) => boolean = () => true,
): readonly number[] {
  return [...linesByNode(lines).values()].flatMap((mine) => {
    const place = mine.findLastIndex(({ at }) => at <= signalledAt);
    const [claim, ended] = [mine[place], mine[place + 1]];
    if (claim?.to !== 'running' || !fits(claim)) return [];
    const isHandedOn = ended?.event === 'released' || ended?.event === 'leaseLost';
    const next = isHandedOn ? mine.slice(place + 1).find(({ event }) => event === 'claimed') : ended;
    return [(next?.at ?? Infinity) - signalledAt];
  });
}

function linesByNode(lines: readonly AuditLine[]): ReadonlyMap<string, readonly AuditLine[]> {
  return Map.groupBy(
    lines.filter(({ node, to }) => node !== undefined && to !== undefined),
    ({ node }) => node!,
  );
}
