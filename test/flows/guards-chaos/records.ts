import type { ChildProcess } from 'node:child_process';
import { createMemoryGuardRecords } from '../../../shared/adapters/memory/guard-records.ts';
import type { BreakerTransition, GuardRecords } from '../../../shared/ports/index.ts';

type Method = keyof GuardRecords;

interface Question {
  readonly question: number;
  readonly method: Method;
  readonly given: readonly unknown[];
}

interface Reply {
  readonly question: number;
  readonly answer: unknown;
}

/** The records of all processes are with their parent, who outlives them: what a durable store is to a fleet. */
export function keepRecords(): { serve(child: ChildProcess): void; readonly kept: readonly BreakerTransition[] } {
  const records = createMemoryGuardRecords();
  const kept = new Map<string, BreakerTransition>();
  return {
    serve(child) {
      child.on('message', async (message) => {
        if (!isQuestion(message)) return;
        const { question, method, given } = message;
        if (method === 'keepTransitions')
          for (const each of given[0] as readonly BreakerTransition[]) kept.set(`${each.version} ${each.at}`, each);
        const answer = await (records[method] as (...given: readonly unknown[]) => Promise<unknown>)(...given);
        if (child.connected) child.send({ question, answer: answer ?? null } satisfies Reply, () => {});
      });
    },
    get kept() {
      return [...kept.values()].sort((a, b) => a.at - b.at);
    },
  };
}

/** In a process of the fleet. */
export function askParent(): GuardRecords {
  const waiting = new Map<number, (answer: unknown) => void>();
  let questions = 0;
  process.on('message', (message) => {
    if (!isReply(message)) return;
    waiting.get(message.question)?.(message.answer);
    waiting.delete(message.question);
  });
  const ask =
    (method: Method) =>
    (...given: readonly unknown[]): Promise<never> => {
      const question = ++questions;
      process.send!({ question, method, given } satisfies Question);
      return new Promise((resolve) => void waiting.set(question, resolve as (answer: unknown) => void));
    };
  return {
    readAll: ask('readAll'),
    changeBreaker: ask('changeBreaker'),
    changeBulkhead: ask('changeBulkhead'),
    keepTransitions: ask('keepTransitions'),
    lastTransitions: ask('lastTransitions'),
    readLines: ask('readLines'),
  };
}

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'method' in message;
}

function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && 'answer' in message;
}
