import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Chain, type Link } from '../../../shared/policy/bulkhead/chain.ts';

describe('a chain', () => {
  test('has what was added and not taken out, in order, whatever is taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('add' as const), fc.nat(20))), (steps) => {
        const chain = new Chain<number>();
        const links: Link<number>[] = [];
        let added = 0;
        for (const step of steps) {
          if (step === 'add') links.push(chain.add(added++));
          else if (step < links.length) chain.remove(links.splice(step, 1)[0]!);
          expect(chain.first).toBe(links[0]?.item);
        }
        for (const link of links) {
          expect(chain.first).toBe(link.item);
          chain.remove(link);
        }
        expect(chain.first).toBeUndefined();
      }),
    );
  });
});
