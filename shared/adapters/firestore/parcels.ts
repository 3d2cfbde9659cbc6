import type { Clock } from '../../core/clock.ts';
import { CodedError } from '../../core/error.ts';
import { nameOfText } from '../../jobs/record/index.ts';
import type { ClaimedParcel, Parcel, ParcelEvent, Parcels } from '../../ports/index.ts';
import type { Asker } from './ask.ts';
import { idOf, jobMsMost, parcelPath, sizes } from './layout.ts';
import { createOneByOne } from './one-by-one.ts';
import { getAll, type Texts, textsAt } from './texts.ts';
import { ofInstant, ofText, type Precondition, type StoredDocument, type Timestamp, textIn } from './values.ts';
import { type Plan, writePlan } from './write-plan.ts';

export interface ParcelParts {
  readonly clock: Clock;
  readonly asker: Asker;
  readonly texts: Texts;
  readonly retentionMs: number;
}

/**
 * A parcel is a document that its owner writes, each time on condition that it is as the last write left it: a write that seemed lost
 * and comes late replaces nothing newer. A condition that did not hold is looked up and the write tried again, which replaces nothing
 * newer either: puts go one by one, so what came in between is an earlier write, given up here and done there all the same. Large results lie apart as a job's do and under the same names: one that is folded into
 * the job later is there already.
 */
export function createParcels({ clock, asker, texts, retentionMs }: ParcelParts): Parcels {
  const lastTimes = new Map<string, Timestamp>();
  const inTurn = createOneByOne();

  async function write(jobId: string, path: string, parcel: Parcel, only: Precondition): Promise<boolean> {
    const plan = planOf(jobId, path, parcel, only, clock.now() + retentionMs + jobMsMost);
    lastTimes.delete(path);
    const written = await writePlan(asker, texts, plan);
    if (written.kind === 'refused') return false;
    remember(lastTimes, path, written.times[0]!);
    return true;
  }

  async function find(path: string): Promise<StoredDocument | undefined> {
    return (await asker.get([path], { fields: ['owner'] })).documents.get(path);
  }

  return {
    async claim(jobId, parcelId, parcel) {
      const path = parcelPath(jobId, parcelId);
      if (await write(jobId, path, parcel, { exists: false })) return { kind: 'claimed' };
      const found = await find(path);
      if (!found) throw new CodedError('store_unavailable', `Parcel ${parcelId} of job ${jobId} could not be claimed.`);
      const owner = textIn(found.fields, 'owner')!;
      // Its own: an earlier try was stored although it seemed to fail.
      return owner === parcel.owner ? { kind: 'claimed' } : { kind: 'taken', owner };
    },

    put(jobId, parcelId, parcel) {
      const path = parcelPath(jobId, parcelId);
      return inTurn(path, async () => {
        for (let tries = 0; tries < triesMost; tries++) {
          const updateTime = lastTimes.get(path) ?? (await find(path))?.updateTime;
          if (await write(jobId, path, parcel, updateTime ? { updateTime } : { exists: false })) return;
        }
        throw new CodedError('store_unavailable', `Parcel ${parcelId} of job ${jobId} is written by somebody else.`);
      });
    },

    async read(jobId, parcelIds) {
      const found = [
        ...(
          await getAll(
            asker,
            [...new Set(parcelIds)].map((id) => parcelPath(jobId, id)),
          )
        ).values(),
      ];
      const bodies = await textsAt(
        texts,
        jobId,
        found.map((document) => ({ document, field: 'text' })),
      );
      const stored = bodies.map((text) => JSON.parse(text) as StoredParcel);
      const names = stored.flatMap(({ events }) => events.flatMap(({ resultAt }) => resultAt ?? []));
      const results = await texts.read(jobId, names);
      return found.map(({ path, fields }, at): ClaimedParcel => {
        const { events, ...rest } = stored[at]!;
        const owner = textIn(fields, 'owner')!;
        return { parcelId: idOf(path), owner, ...rest, events: events.map((event) => decodeEvent(event, results)) };
      });
    },
  };
}

const triesMost = 3;

/** Of parcels whose owner is this process; where a time is forgotten, one read brings it back. */
const timesMost = 1_000;

function remember(times: Map<string, Timestamp>, path: string, time: Timestamp): void {
  times.set(path, time);
  if (times.size > timesMost) times.delete(times.keys().next().value!);
}

interface StoredParcel extends Omit<Parcel, 'owner' | 'events'> {
  readonly events: readonly StoredEvent[];
}
type StoredEvent = ParcelEvent & { readonly resultAt?: string };

function planOf(
  jobId: string,
  path: string,
  { owner, events, ...rest }: Parcel,
  only: Precondition,
  expiry: number,
): Plan {
  const apart = new Map<string, string>();
  const stored: StoredParcel = { ...rest, events: events.map((event) => encodeEvent(event, apart)) };
  const expireAt = ofInstant(expiry);
  const document = { path, fields: { owner: ofText(owner), expireAt }, texts: { text: JSON.stringify(stored) }, only };
  return { jobId, documents: [document], apart, expireAt };
}

function encodeEvent(event: ParcelEvent, apart: Map<string, string>): StoredEvent {
  if (!('result' in event)) return event;
  const text = JSON.stringify(event.result);
  if (text.length <= sizes.parcelResult) return event;
  const name = nameOfText(text);
  apart.set(name, text);
  return { ...event, result: null, resultAt: name };
}

function decodeEvent({ resultAt, ...event }: StoredEvent, results: ReadonlyMap<string, string>): ParcelEvent {
  if (resultAt === undefined) return event as ParcelEvent;
  return { ...event, result: JSON.parse(results.get(resultAt)!) } as ParcelEvent;
}
