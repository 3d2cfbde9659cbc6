import { createRequire } from 'node:module';

/** What is used of opossum, which brings no types. */
export interface OpossumBreaker {
  fire(): Promise<unknown>;
  readonly opened: boolean;
  open(): void;
  shutdown(): void;
}

export interface OpossumOptions {
  readonly timeout?: number | false;
  readonly errorThresholdPercentage?: number;
  readonly resetTimeout?: number;
  readonly rollingCountTimeout?: number;
  readonly rollingPercentilesEnabled?: boolean;
  readonly volumeThreshold?: number;
}

type Opossum = new (call: () => Promise<unknown>, options?: OpossumOptions) => OpossumBreaker;

export const Opossum = createRequire(import.meta.url)('opossum') as Opossum;
