import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIPv6, type LookupFunction } from 'node:net';
import { Agent, buildConnector, Pool } from 'undici';
import { CodedError } from '../../core/error.ts';
import { type EgressPolicy, type EgressTarget, judgeAddress, judgeTarget } from '../../policy/egress/index.ts';

/** All addresses of a name, best first. Rejects as Node's `dns` does. */
export type Resolver = (host: string) => Promise<readonly string[]>;

export interface Guard {
  readonly policy: EgressPolicy;
  readonly resolver: Resolver;
  readonly connectTimeoutMs: number;
  readonly silenceTimeoutMs: number;
}

export const systemResolver: Resolver = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Connections that lead only where the policy allows. The check sits inside the connection's own look-up: the addresses that were
 * judged are the ones that are dialled, so a name that answers differently the next moment gains nothing. A connection that is
 * used again stays with its host and port, and the policy does not change, so its verdict stays right.
 */
export function guardedAgent(guard: Guard): Agent {
  return new Agent({
    factory: (origin, options) => new Pool(origin, { ...options, connect: guardedConnector(guard, new URL(origin)) }),
    allowH2: false,
    headersTimeout: guard.silenceTimeoutMs,
    bodyTimeout: guard.silenceTimeoutMs,
  });
}

function guardedConnector(guard: Guard, origin: URL): buildConnector.connector {
  const port = Number(origin.port) || (origin.protocol === 'https:' ? 443 : 80);
  const target: EgressTarget = { host: origin.hostname, port };
  const verdict = judgeTarget(guard.policy, target);
  const lookup = guardedLookup(guard, target);
  const connect = buildConnector({
    timeout: guard.connectTimeoutMs,
    allowH2: false,
    lookup,
  } as buildConnector.BuildOptions);
  return (options, callback) => {
    if (verdict.kind === 'allowed') connect(options, callback);
    else queueMicrotask(() => callback(new CodedError('host_forbidden', verdict.message), null));
  };
}

/** Node asks for names alone, never for addresses that stand in the URL: `judgeTarget` has judged those. */
function guardedLookup(guard: Guard, target: EgressTarget): LookupFunction {
  return (host, options, callback) => {
    resolveAllowed(guard, target, host).then(
      (found) => (options.all ? callback(null, found) : callback(null, found[0]!.address, found[0]!.family)),
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

/** Forbidden addresses are left out; with none left the first refusal is the answer. */
async function resolveAllowed(guard: Guard, target: EgressTarget, host: string): Promise<LookupAddress[]> {
  const found: LookupAddress[] = [];
  let refusal: string | undefined;
  for (const address of await guard.resolver(host)) {
    const verdict = judgeAddress(guard.policy, target, address);
    if (verdict.kind === 'allowed') found.push({ address, family: isIPv6(address) ? 6 : 4 });
    else refusal ??= verdict.message;
  }
  if (found.length > 0) return found;
  if (refusal === undefined) throw new CodedError('host_not_found', `${host} has no address`);
  throw new CodedError('host_forbidden', refusal);
}
