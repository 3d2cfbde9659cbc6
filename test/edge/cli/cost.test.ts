import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../shared/core/json.ts';
import { billOf, priceLists } from '../../../shared/jobs/report/index.ts';
import { claim, jobOf, node, play, submittedAt, succeed } from '../../jobs/a-story.ts';
import { jsonReply, runIn } from './a-world.ts';

describe('breakwater cost', () => {
  const job = play(jobOf(node('a'), node('b', ['a'])), [
    [0, claim(0)],
    [10, succeed(0)],
    [20, claim(1)],
    [30, succeed(1)],
  ]);
  const bill = billOf(job, priceLists.multiRegional, submittedAt) as unknown as JsonObject;

  test('asks the engine for the region, and tells what was used line by line', async () => {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      return jsonReply(bill);
    };
    const { code, out } = await runIn({ fetch }, 'cost', 'job-1', '--region', 'nam5');
    expect({ code, asked }).toEqual({ code: 0, asked: ['http://engine/api/v3/jobs/job-1/cost?region=nam5'] });
    expect(out.split('\n')).toEqual([
      '0.000011 USD  job-1, completed',
      'between 0.000011 and 0.000027 USD; a million nodes like its 2 cost 5.46 USD',
      'list prices of 2026-11, Firestore in nam5, without free quotas and the time of handlers and targets',
      'firestore  0.0000098 USD',
      "        5 writes    the job's document, one a commit",
      '        1 read      an estimate: 1 to 14',
      '        1 delete    when its retention is over',
      'pub/sub    0.000000073 USD',
      '        1 message   an estimate: 1 to 2',
      'cloud run  0.0000011 USD',
      '        2 requests  an estimate: 2 to 3',
      '     0.01 seconds   in which an instance has a request, an estimate: 0.001 to 0.3',
      '',
    ]);
  });

  test('with --json prints the bill as it was told', async () => {
    const { out } = await runIn({ fetch: () => jsonReply(bill) }, 'cost', 'job-1', '--json');
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(bill)));
  });

  test('a region without prices is a wrong command, and the choices are named', async () => {
    const { code, err } = await runIn({}, 'cost', 'job-1', '--region', 'mars-1');
    expect(code).toBe(2);
    expect(err).toMatch(/mars-1.*us-central1.*nam5/);
  });

  test('an unknown job is a sentence and 1', async () => {
    const fetch = () =>
      jsonReply({ code: 'job_not_found', detail: 'there is no job `nobody`', next: 'List jobs.' }, 404);
    expect(await runIn({ fetch }, 'cost', 'nobody')).toEqual({
      code: 1,
      out: '',
      err: 'breakwater: there is no job `nobody`. `breakwater list` shows the jobs of this store.\n',
    });
  });
});
