import { Heap } from '../../core/heap.ts';
import { Chain, type Link } from './chain.ts';
import { bulkheadLimits } from './limits.ts';
import type { Waiter } from './waiter.ts';

/**
 * Those who wait in one class. Its tenants take turns by start-time fair queueing (Goyal, Vin and Cheng 1996): a turn costs a tenant
 * 1 / weight of virtual time, the turn is whose virtual time is least, and who comes anew begins at the time of the last turn, so that nobody
 * saves up turns. Between two tenants who both wait all the while, turns by weight differ by no more than 1 / weight of the one and of the other.
 * Within a tenant first come is first served. A tenant for whom nobody waits is forgotten when the time has reached its own.
 */
export interface ClassLine<Work> {
  readonly depth: number;
  add(waiter: Placed<Work>): void;
  /** Who has waited longest, whichever tenant's turn it is. */
  oldest(): Placed<Work> | undefined;
  /** Whose turn it is. */
  due(): Placed<Work> | undefined;
  /** The turn of who is due: its tenant pays for it. */
  serve(waiter: Placed<Work>): void;
  /** Without a turn, and so without a price. */
  remove(waiter: Placed<Work>): void;
  /** Tenants that it knows of, those included for whom nobody waits. */
  readonly tenants: number;
}

/** A waiter with its places, so that it can be taken out of all of them at once. */
export interface Placed<Work> extends Waiter<Work> {
  isWaiting: boolean;
  /** In the heap of deadlines. */
  place: number;
  inClass: Link<Placed<Work>> | undefined;
  inTenant: Link<Placed<Work>> | undefined;
  owner: Tenant<Work> | undefined;
}

interface Tenant<Work> {
  /** In the heap of tenants. */
  place: number;
  readonly name: string;
  /** Settles who goes first of two at the same virtual time. */
  readonly number: number;
  /** The virtual time of its next turn. */
  start: number;
  readonly waiters: Chain<Placed<Work>>;
}

/** `weightOf` is asked with each turn, so it may change. */
export function createClassLine<Work>(weightOf: (tenant: string) => number): ClassLine<Work> {
  const everybody = new Chain<Placed<Work>>();
  const byName = new Map<string, Tenant<Work>>();
  const byTurn = new Heap<Tenant<Work>>((a, b) => (a.start === b.start ? a.number < b.number : a.start < b.start));
  let virtualTime = 0;
  let latestEnd = 0;
  let numbered = 0;
  let depth = 0;
  let idle = 0;

  function tenantOf(name: string): Tenant<Work> {
    const known = byName.get(name);
    if (known?.waiters.first !== undefined) return known;
    const tenant = known ?? { place: -1, name, number: numbered++, start: 0, waiters: new Chain<Placed<Work>>() };
    if (known) idle--;
    else byName.set(name, tenant);
    tenant.start = Math.max(tenant.start, virtualTime);
    byTurn.put(tenant);
    return tenant;
  }

  function takeOut(waiter: Placed<Work>): Tenant<Work> {
    const tenant = waiter.owner!;
    everybody.remove(waiter.inClass!);
    tenant.waiters.remove(waiter.inTenant!);
    waiter.inClass = waiter.inTenant = waiter.owner = undefined;
    depth--;
    return tenant;
  }

  /** Nobody waits for it any more: what it has had of its share is remembered while that matters, within a bound. */
  function rest(tenant: Tenant<Work>): void {
    idle++;
    if (tenant.start <= virtualTime || idle > bulkheadLimits.idleTenants) forget(tenant);
    else byTurn.put(tenant);
  }

  function forget(tenant: Tenant<Work>): void {
    idle--;
    byTurn.remove(tenant);
    byName.delete(tenant.name);
  }

  function dueTenant(): Tenant<Work> | undefined {
    for (;;) {
      const tenant = byTurn.peek();
      if (tenant === undefined || tenant.waiters.first !== undefined) return tenant;
      forget(tenant);
    }
  }

  return {
    get depth() {
      return depth;
    },
    get tenants() {
      return byName.size;
    },
    add(waiter) {
      const tenant = tenantOf(waiter.tenant);
      waiter.owner = tenant;
      waiter.inTenant = tenant.waiters.add(waiter);
      waiter.inClass = everybody.add(waiter);
      depth++;
    },
    oldest: () => everybody.first,
    due: () => dueTenant()?.waiters.first,
    serve(waiter) {
      const tenant = takeOut(waiter);
      virtualTime = tenant.start;
      tenant.start += 1 / weightOf(tenant.name);
      latestEnd = Math.max(latestEnd, tenant.start);
      // With nobody left to be fair to, all begin anew as equals.
      if (depth === 0) virtualTime = latestEnd;
      if (tenant.waiters.first === undefined) rest(tenant);
      else byTurn.put(tenant);
    },
    remove(waiter) {
      const tenant = takeOut(waiter);
      if (depth === 0) virtualTime = latestEnd;
      if (tenant.waiters.first === undefined) rest(tenant);
    },
  };
}
