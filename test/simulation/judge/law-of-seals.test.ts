import { describe, expect, test } from '@jest/globals';
import type { AuditLine, Job } from '../../../shared/jobs/index.ts';
import { aSealedAudit } from '../../support/a-sealed-audit.ts';
import { checkChain, stepsAreSealed } from './law-of-seals.ts';

const { job, lines, commits } = aSealedAudit();

describe('the judge of audits', () => {
  test('has nothing to say of what was not touched', () => {
    expect(saidOfChain(lines)).toEqual([]);
    expect(commits.flatMap((_, place) => saidOfStep(place))).toEqual([]);
  });

  test.each<[string, (lines: readonly AuditLine[]) => readonly AuditLine[], RegExp]>([
    ['altered', (all) => all.with(4, { ...all[4]!, attempt: 9 }), /^J5: its audit is broken at line \d+: sealDiffers$/],
    ['dropped', (all) => all.toSpliced(4, 1), /^J5: its audit is broken at line 5: notInPlace$/],
    ['swapped', (all) => all.with(4, all[5]!).with(5, all[4]!), /^J5: its audit is broken at line 5: notInPlace$/],
    ['cut off', (all) => all.slice(0, -1), /: endMissing$/],
  ])('bites at the end of a world when a line was %s', (_, tamper, sentence) => {
    expect(saidOfChain(tamper(lines))).toEqual([expect.stringMatching(sentence)]);
  });

  test('bites when a job was not sealed from its first line on', () => {
    const bare = lines.map(({ seal: _, ...line }) => line);
    const { seal: _, ...header } = job.header;
    expect(saidOfChain(bare, { ...job, header })).toEqual([`J5: its audit is unsealed until line ${lines.length}`]);
  });

  test('bites at the step whose seal is missing, is another one, or stands at another line', () => {
    const [first, last] = [commits[0]!.audit[0]!, commits[0]!.audit.at(-1)!];
    const { seal, ...bare } = last;
    const with2 = (one: AuditLine, other: AuditLine) => [one, ...commits[0]!.audit.slice(1, -1), other];
    expect(saidOfStep(0, with2(first, bare))).toHaveLength(1);
    expect(saidOfStep(0, with2(first, { ...last, seal: 'x' }))).toHaveLength(1);
    expect(saidOfStep(0, with2({ ...first, seal: seal! }, bare))).toHaveLength(2);
  });

  test('bites at the step after which the job does not keep the seal', () => {
    const { after } = commits[0]!;
    const { seal: _, ...header } = after.header;
    expect(saidOfStep(0, commits[0]!.audit, { ...after, header })).toEqual([
      expect.stringMatching(/^J5: the job keeps the seal undefined, due was /),
    ]);
  });
});

function saidOfChain(told: readonly AuditLine[], kept: Job = job): string[] {
  const said: string[] = [];
  checkChain({ job: kept, lines: told }, (sentence) => void said.push(sentence));
  return said;
}

function saidOfStep(place: number, audit = commits[place]!.audit, after = commits[place]!.after): string[] {
  const said: string[] = [];
  const stored = commits[place - 1]?.after;
  const step = { before: stored, stored, after, audit, by: 'one', now: 0, lines: [] };
  stepsAreSealed(step, (sentence) => void said.push(sentence));
  return said;
}
