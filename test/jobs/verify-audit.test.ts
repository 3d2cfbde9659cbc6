import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type AuditLine, applyToDraft, openDraft, verifyAudit, viewDraft } from '../../shared/jobs/index.ts';
import { anUnbornAudit, aSealedAudit, commitTo, pause, resume, type SealedAudit } from '../support/a-sealed-audit.ts';

const sealed = aSealedAudit();
const { job, lines } = sealed;
const sealedPlaces = lines.flatMap(({ seal }, place) => (seal === undefined ? [] : [place]));

describe('a seal', () => {
  test('is carried by the last line of each commit that told something, and the job keeps the last one', () => {
    expect(job.header.state).toBe('completed');
    expect(sealedPlaces.length).toBe(6);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.at(-1)!.seal).toBe(job.header.seal);
  });

  test('is the hash of the seal before and the lines of its commit; the first begins with the id of the job', () => {
    const [first, second] = sealedPlaces as [number, number];
    const texts = (from: number, to: number) =>
      lines.slice(from, to).map(({ seal: _, ...line }) => JSON.stringify(line));
    expect(lines[first]!.seal).toBe(hashOf('job-1', ...texts(0, first + 1)));
    expect(lines[second]!.seal).toBe(hashOf(lines[first]!.seal!, ...texts(first + 1, second + 1)));
  });

  test('of a commit that came to nothing is forgotten: the next one is made from what was stored', () => {
    const stored = commitTo(anUnbornAudit(), 1_000, { kind: 'submitted' });
    commitTo(stored, 2_000, { kind: 'paused', by: 'ann' });
    const again = commitTo(stored, 3_000, { kind: 'cancelled', by: 'ben' });
    expect(verifyAudit(again.lines, again.job)).toMatchObject({ kind: 'whole' });
  });

  test('is one for all events that went through one draft', () => {
    const both = commitTo(commitTo(anUnbornAudit(), 1_000, { kind: 'submitted' }), 2_000, pause, resume);
    expect(both.lines.filter(({ seal }) => seal !== undefined)).toHaveLength(2);
    expect(verifyAudit(both.lines, both.job)).toMatchObject({ kind: 'whole', lines: both.lines.length });
  });

  test('is not made for a look at what would come of an event', () => {
    const stored = commitTo(anUnbornAudit(), 1_000, { kind: 'submitted' });
    const draft = openDraft(stored.job, 2_000);
    applyToDraft(draft, pause);
    const { header } = viewDraft(draft);
    expect([header.state, header.version, header.seal]).toEqual(['paused', 2, stored.job.header.seal]);
  });

  test('stays what it was with a commit that tells nothing', () => {
    const stored = commitTo(anUnbornAudit(), 1_000, { kind: 'submitted' });
    const looked = commitTo(stored, 9_000, { kind: 'checked' });
    expect([looked.job.header.version, looked.lines.length]).toEqual([2, stored.lines.length]);
    expect(verifyAudit(looked.lines, looked.job)).toMatchObject({ kind: 'whole' });
  });
});

describe('an audit that was not touched', () => {
  test('is whole, as it was told and as a store gives it back', () => {
    const whole = { kind: 'whole', lines: lines.length, unsealedUntil: 0, seal: job.header.seal };
    expect(verifyAudit(lines, job)).toEqual(whole);
    expect(verifyAudit(JSON.parse(JSON.stringify(lines)) as AuditLine[], job)).toEqual(whole);
  });

  test('has every seal in it that was ever kept elsewhere', () => {
    for (const place of sealedPlaces)
      expect(verifyAudit(lines, job, lines[place]!.seal)).toMatchObject({ kind: 'whole' });
  });
});

describe('tampering shows', () => {
  test('when any line is altered: at the seal of its commit, which names the lines it may be', () => {
    lines.forEach((line, place) => {
      const at = sealedPlaces.find((sealedPlace) => sealedPlace >= place)! + 1;
      const from = (sealedPlaces.findLast((sealedPlace) => sealedPlace < place) ?? -1) + 2;
      expect(verifyAudit(lines.with(place, { ...line, by: 'nobody' }), job)).toEqual(broken(at, 'sealDiffers', from));
    });
  });

  test('when any line is dropped, whether or not the ones behind it are numbered anew', () => {
    lines.forEach((_, place) => {
      const dropped = lines.toSpliced(place, 1);
      const isLast = place === lines.length - 1;
      expect(verifyAudit(dropped, job)).toEqual(broken(place + 1, isLast ? 'endMissing' : 'notInPlace'));
      const numbered = { ...sealed, lines: dropped.map((line, at) => ({ ...line, seq: at + 1 })) };
      expect(verifyAudit(numbered.lines, withHeader(numbered, { auditCount: dropped.length })).kind).toBe('broken');
    });
  });

  test('when any two neighbours are swapped, whether or not they take over the numbers', () => {
    for (let place = 0; place + 1 < lines.length; place++) {
      const [one, other] = [lines[place]!, lines[place + 1]!];
      expect(verifyAudit(lines.with(place, other).with(place + 1, one), job)).toEqual(broken(place + 1, 'notInPlace'));
      const numbered = lines.with(place, { ...other, seq: one.seq }).with(place + 1, { ...one, seq: other.seq });
      expect(verifyAudit(numbered, job).kind).toBe('broken');
    }
  });

  test('when a line is added: in the middle, or behind the last one', () => {
    const more = { ...lines[3]!, by: 'nobody' };
    expect(verifyAudit(lines.toSpliced(3, 0, more), job)).toEqual(broken(5, 'notInPlace'));
    expect(verifyAudit([...lines, { ...more, seq: lines.length + 1 }], job)).toEqual(
      broken(lines.length + 1, 'behindEnd'),
    );
  });

  test('when the end is cut off anywhere, even where the count of the job is corrected', () => {
    for (let left = 0; left < lines.length; left++) {
      const cut = lines.slice(0, left);
      expect(verifyAudit(cut, job)).toEqual(broken(left + 1, 'endMissing'));
      const { kind } = verifyAudit(cut, withHeader(sealed, { auditCount: left }));
      expect([left, kind]).toEqual([left, 'broken']);
    }
  });

  test('when seals are taken away: one, those in front, those at the end, or all of the lines', () => {
    const bare = ({ seal: _, ...line }: AuditLine): AuditLine => line;
    for (const place of sealedPlaces) {
      expect(verifyAudit(lines.with(place, bare(lines[place]!)), job).kind).toBe('broken');
      const front = lines.map((line, at) => (at <= place ? bare(line) : line));
      expect(verifyAudit(front, job).kind).toBe('broken');
      const end = lines.map((line, at) => (at >= place ? bare(line) : line));
      expect(verifyAudit(end, job)).toMatchObject({ kind: 'broken', because: 'endUnsealed' });
    }
  });

  test('when the job keeps another seal, or none', () => {
    expect(verifyAudit(lines, withHeader(sealed, { seal: lines[sealedPlaces[0]!]!.seal! }))).toEqual(
      broken(lines.length, 'endDiffers'),
    );
    const { seal: _, ...header } = job.header;
    expect(verifyAudit(lines, { id: job.id, header }).kind).toBe('broken');
  });

  test('when the audit is another job’s, with its header and all', () => {
    expect(verifyAudit(lines, { ...job, id: 'job-2' })).toMatchObject({ kind: 'broken', because: 'sealDiffers' });
  });

  test('when the whole chain was made anew: only to those who kept a seal elsewhere', () => {
    const forged = aSealedAudit('mallory');
    expect(verifyAudit(forged.lines, forged.job)).toMatchObject({ kind: 'whole' });
    expect(verifyAudit(forged.lines, forged.job, job.header.seal)).toEqual(
      broken(forged.lines.length, 'keptSealUnknown'),
    );
  });
});

describe('a job that was stored before there were seals', () => {
  const bare = commitTo(commitTo(anUnbornAudit(), 1_000, { kind: 'submitted' }), 2_000, pause);
  const { seal: _, ...header } = bare.job.header;
  const old: SealedAudit = {
    commits: [],
    job: { ...bare.job, header },
    lines: bare.lines.map(({ seal: __, ...line }) => line),
  };

  test('is whole and unsealed for as long as nothing happens to it', () => {
    expect(verifyAudit(old.lines, old.job)).toEqual({ kind: 'whole', lines: 3, unsealedUntil: 3 });
  });

  test('is sealed from its next commit on, and says until where it is not', () => {
    const on = commitTo(commitTo(old, 3_000, resume), 4_000, pause);
    expect(verifyAudit(on.lines, on.job)).toMatchObject({ kind: 'whole', lines: 6, unsealedUntil: 3 });
    expect(verifyAudit(on.lines.with(3, { ...on.lines[3]!, by: 'nobody' }), on.job)).toEqual(
      broken(5, 'sealDiffers', 4),
    );
  });

  test('does not let lines that were sealed pass as such that never were', () => {
    const on = commitTo(commitTo(old, 3_000, resume), 4_000, pause);
    const { seal: ___, ...unsealed } = on.lines[4]!;
    const passed = on.lines.with(4, unsealed);
    expect(verifyAudit(passed, withHeader(on, { unsealedUntil: 5 })).kind).toBe('broken');
    expect(verifyAudit(on.lines, withHeader(on, { unsealedUntil: 4 })).kind).toBe('broken');
  });
});

function withHeader({ job: { id, header } }: SealedAudit, more: Partial<SealedAudit['job']['header']>) {
  return { id, header: { ...header, ...more } };
}

function broken(at: number, because: string, from = at) {
  return { kind: 'broken', at, from, because };
}

function hashOf(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\n')).digest('base64url').slice(0, 22);
}
