import { CodedError } from '../../core/error.ts';
import type { BreakerTransition, GuardLine } from '../../ports/index.ts';
import type { Asker } from './ask.ts';
import { breakerStatePath, schemaVersion, shardOf } from './layout.ts';
import { breakerStatesQuery, type TimePlace } from './queries.ts';
import { numberIn, ofNumber, ofText, ofWhole, type StoredDocument, textIn, type Write } from './values.ts';

/** The last transition of each breaker, a document each. */
export interface BreakerLasts {
  /** Those that are later than what is known, each with its line. */
  keep(transitions: readonly BreakerTransition[], lineOf: (transition: BreakerTransition) => Write): Promise<void>;
  /** Of those that are not closed. */
  last(): Promise<readonly BreakerTransition[]>;
  /** What a reset writes: whatever happened up to now, by whatever clock, happened before it. */
  closing(reset: GuardLine): Promise<Write>;
}

export function createBreakerLasts(asker: Asker): BreakerLasts {
  async function read(names: Iterable<string>): Promise<ReadonlyMap<string, StoredDocument>> {
    return (await asker.get([...names].map(breakerStatePath))).documents;
  }

  /** False where somebody wrote at the same time. */
  async function keepOnce(transitions: readonly BreakerTransition[], lines: readonly Write[]): Promise<boolean> {
    const last = new Map<string, BreakerTransition>();
    for (const each of transitions) if (isLater(each, last.get(each.name))) last.set(each.name, each);
    const known = await read(last.keys());
    const writes = [...last.values()].flatMap((each) => {
      const before = known.get(breakerStatePath(each.name));
      return isLater(each, before && placeIn(before)) ? [stateWrite(each, each.version, each.to, before, each)] : [];
    });
    return (await asker.commit([...lines, ...writes])).kind === 'written';
  }

  return {
    async keep(transitions, lineOf) {
      for (let at = 0; at < transitions.length; at += transitionsAtOnce) {
        const some = transitions.slice(at, at + transitionsAtOnce);
        const lines = [...new Map(some.map(lineOf).map((line) => [line.path, line])).values()];
        for (let tries = 1; !(await keepOnce(some, lines)); tries++) {
          if (tries < triesMost) continue;
          const { name } = some[0]!;
          throw new CodedError(
            'store_unavailable',
            `The state of breaker ${name} is written by many at once: try again.`,
          );
        }
      }
    },
    async last() {
      const transitions: BreakerTransition[] = [];
      for (let after: TimePlace | undefined; ; ) {
        const documents = await asker.query(breakerStatesQuery(['open', 'half_open'], pageSize, after));
        for (const { fields } of documents) transitions.push(JSON.parse(textIn(fields, 'text')!) as BreakerTransition);
        const end = documents.at(-1);
        if (!end || documents.length < pageSize) return transitions;
        after = { at: placeIn(end).at, path: end.path };
      }
    },
    async closing({ name, at }) {
      const before = (await read([name])).get(breakerStatePath(name));
      const since = Math.max(at, before ? placeIn(before).at : at);
      return stateWrite({ name, at: since }, Number.MAX_SAFE_INTEGER, 'closed', before);
    },
  };
}

const transitionsAtOnce = 100;
const triesMost = 5;
const pageSize = 300;

interface Moment {
  readonly at: number;
  readonly version: number;
}

const placeIn = ({ fields }: StoredDocument): Moment => ({
  at: numberIn(fields, 'at') ?? 0,
  version: numberIn(fields, 'version') ?? 0,
});

function isLater(a: Moment, b: Moment | undefined): boolean {
  return !b || a.at > b.at || (a.at === b.at && a.version > b.version);
}

function stateWrite(
  { name, at }: { readonly name: string; readonly at: number },
  version: number,
  state: BreakerTransition['to'],
  before: StoredDocument | undefined,
  transition?: BreakerTransition,
): Write {
  const fields = {
    schema: ofWhole(schemaVersion),
    shard: ofWhole(shardOf(name)),
    state: ofText(state),
    at: ofNumber(at),
    version: ofWhole(version),
    ...(transition && { text: ofText(JSON.stringify(transition)) }),
  };
  return { path: breakerStatePath(name), fields, only: before ? { updateTime: before.updateTime } : { exists: false } };
}
