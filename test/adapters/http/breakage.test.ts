import type { ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { failureFor, failureFrom, type HttpFailureCode, httpFailures } from '../../../shared/adapters/http/failures.ts';
import { aCall, aCaller, anAttempt, aTarget, callOnce, closeAll, failureOf, listen } from './a-target.ts';

afterEach(closeAll);

const text = { 'content-type': 'text/plain' };

describe('the size of an answer', () => {
  test('may reach the limit', async () => {
    const { outcome } = await callOnce(
      (response) => response.writeHead(200, text).end('x'.repeat(1_000)),
      {},
      { maxResponseBytes: 1_000 },
    );
    expect(outcome).toEqual({ kind: 'succeeded', result: 'x'.repeat(1_000) });
  });

  test('is refused one byte above', async () => {
    const { outcome } = await callOnce(
      (response) => response.writeHead(200, text).end('x'.repeat(1_001)),
      {},
      { maxResponseBytes: 1_000 },
    );
    expect(failureOf(outcome)).toMatchObject({ code: 'response_too_large', retryable: false });
    expect(failureOf(outcome).message).toContain('1000 bytes');
  });

  test('is counted while it comes: an endless answer is cut off', async () => {
    let sent = 0;
    const endless = (response: ServerResponse) => {
      response.writeHead(200, text);
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
      };
      response.on('drain', pour);
      pour();
    };
    const { outcome } = await callOnce(endless, {}, { maxResponseBytes: 100_000 });
    expect(failureOf(outcome).code).toBe('response_too_large');
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  test('is counted after unpacking: a bomb of 64 MiB in 64 KiB does not go off', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    expect(bomb.length).toBeLessThan(70_000);
    const before = process.memoryUsage().arrayBuffers;
    const { outcome } = await callOnce((response) =>
      response.writeHead(200, { ...text, 'content-encoding': 'gzip' }).end(bomb),
    );
    expect(failureOf(outcome).code).toBe('response_too_large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  test('is counted before unpacking, too: packing that holds nothing does not go on for ever', async () => {
    const nothing = gzipSync('');
    const endless = (response: ServerResponse) => {
      response.writeHead(200, { ...text, 'content-encoding': 'gzip' });
      const block = Buffer.concat(Array.from({ length: 500 }, () => nothing));
      const pour = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', pour);
      pour();
    };
    const { outcome } = await callOnce(endless, {}, { maxResponseBytes: 100_000 });
    expect(failureOf(outcome).code).toBe('response_too_large');
  });
});

test('an answer that is refused is not listened to any longer', async () => {
  let left: () => void;
  const closed = new Promise<void>((resolve) => (left = resolve));
  const { outcome } = await callOnce((response) => {
    response.on('close', () => left());
    response.writeHead(200, { ...text, 'content-encoding': 'zstd' }).write('more to come');
  });
  expect(failureOf(outcome).code).toBe('bad_response');
  await closed;
});

describe('a target that breaks', () => {
  test('one that dies before it answers is a lost connection', async () => {
    const { outcome } = await callOnce((response) => response.socket!.destroy(), { method: 'POST', body: {} });
    expect([failureOf(outcome).code, failureOf(outcome).retryable]).toEqual(['connection_lost', undefined]);
  });

  test.each([
    ['with a length that was promised', { ...text, 'content-length': '1000' }],
    ['in chunks', text],
    ['packed', { ...text, 'content-encoding': 'gzip' }],
  ])('one that dies amid its answer %s is a lost connection', async (_, headers) => {
    const die = (response: ServerResponse) => {
      response.writeHead(200, headers);
      response.write(gzipSync('x'.repeat(500)).subarray(0, 15), () => response.socket!.destroy());
    };
    expect(failureOf((await callOnce(die)).outcome).code).toBe('connection_lost');
  });

  test('one that is not there refuses the connection', async () => {
    const gone = await aTarget(() => {});
    await closeAll();
    const caller = aCaller(['127.0.0.1']);
    expect(failureOf(await caller.call(aCall(gone.url), anAttempt())).code).toBe('connection_refused');
  });

  test.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.9\r\n', 'bad_response'],
    ['two lengths that differ', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'bad_response'],
    ['a chunk that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'bad_response'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${`x: ${'y'.repeat(1_000)}\r\n`.repeat(100)}\r\n`, 'bad_response'],
  ])('one that speaks %s is told so', async (_, words, code) => {
    const outcome = await callRaw((socket) => socket.once('data', () => socket.end(words)));
    expect(failureOf(outcome).code).toBe(code);
  });

  test('one that speaks no TLS on https is a TLS failure', async () => {
    const outcome = await callRaw(
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      'https',
    );
    expect(failureOf(outcome).code).toBe('tls_error');
  });

  test('a connection that does not come about in time is given up', async () => {
    const caller = aCaller([], { resolver: () => new Promise(() => {}), connectTimeoutMs: 20 });
    expect(failureOf(await caller.call(aCall('http://slow.example/'), anAttempt())).code).toBe('connect_timeout');
  });
});

describe('the end of an attempt', () => {
  const drip = (response: ServerResponse) => {
    response.writeHead(200, text).write('x');
    const timer = setInterval(() => response.write('x'), 5);
    response.on('close', () => clearInterval(timer));
  };

  test.each([
    ['before the answer', () => {}],
    ['amid an answer that drips', drip],
    [
      'amid a packed answer',
      (response: ServerResponse) =>
        response.writeHead(200, { ...text, 'content-encoding': 'gzip' }).write(gzipSync('x').subarray(0, 12)),
    ],
  ])('by its timeout %s is a timeout', async (_, answer) => {
    const target = await aTarget(answer);
    const caller = aCaller(['127.0.0.1']);
    const failure = failureOf(await caller.call(aCall(target.url), anAttempt(AbortSignal.timeout(60))));
    expect([failure.code, failure.retryable]).toEqual(['timeout', undefined]);
  });

  test('by a cancel is an abort, and the connection is gone', async () => {
    const cancel = new AbortController();
    let gone: () => void;
    const closed = new Promise<void>((resolve) => (gone = resolve));
    const target = await aTarget((response) => {
      drip(response);
      response.on('close', () => gone());
      cancel.abort(new Error('the job was cancelled'));
    });
    const caller = aCaller(['127.0.0.1']);
    const failure = failureOf(await caller.call(aCall(target.url), anAttempt(cancel.signal)));
    expect(failure.code).toBe('aborted');
    expect(failure.message).toContain('the job was cancelled');
    await closed;
  });

  test('before it began sends nothing', async () => {
    const target = await aTarget((response) => response.end());
    const caller = aCaller(['127.0.0.1']);
    expect(failureOf(await caller.call(aCall(target.url), anAttempt(AbortSignal.abort('over')))).code).toBe('aborted');
    expect(target.seen).toEqual([]);
  });

  test('comes with the close of the caller, during a call and after', async () => {
    const caller = aCaller(['127.0.0.1']);
    const target = await aTarget((response) => {
      response.writeHead(200, text).write('x');
      setImmediate(() => caller.close());
    });
    expect(failureOf(await caller.call(aCall(target.url), anAttempt())).code).toBe('aborted');
    expect(failureOf(await caller.call(aCall(target.url), anAttempt())).code).toBe('aborted');
  });
});

describe('the table of failures', () => {
  test.each([
    ['EHOSTUNREACH', 'host_unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_error'],
    ['CERT_HAS_EXPIRED', 'tls_error'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_error'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_error'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['EMFILE', 'call_failed'],
  ])('%s is told as %s', (code, told) => {
    expect(failureFrom(Object.assign(new Error('x'), { code }), 'GET x', new AbortController().signal).code).toBe(told);
  });

  test('whatever is thrown becomes a failure', () => {
    for (const thrown of [undefined, null, 'text', 7, {}, new Error('')]) {
      expect(failureFrom(thrown, 'GET x', new AbortController().signal).code).toBe('call_failed');
    }
  });

  test('only what would happen again is final', () => {
    const final = Object.keys(httpFailures).filter(
      (code) => failureFor(code as HttpFailureCode, 'GET x', 'y').retryable === false,
    );
    expect(final).toEqual([
      'bad_url',
      'bad_request',
      'bad_header',
      'host_forbidden',
      'redirect_refused',
      'too_many_redirects',
      'response_too_large',
    ]);
  });
});

/** One call against a server that speaks for itself. */
async function callRaw(speak: (socket: Socket) => void, scheme = 'http') {
  const port = await listen(createServer((socket) => speak(socket.on('error', () => {}))));
  return aCaller(['127.0.0.1']).call(aCall(`${scheme}://127.0.0.1:${port}/`), anAttempt());
}
