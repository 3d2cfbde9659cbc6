import type { Random } from './random.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * An id that sorts by its time of birth: 10 characters of time and 12 of chance (60 bits), in Crockford's base 32.
 * Source: the ULID specification, with 60 instead of 80 bits of chance.
 */
export function newId(now: number, random: Random): string {
  let id = '';
  let time = Math.floor(now);
  for (let place = 0; place < 10; place++) {
    id = alphabet[time % 32] + id;
    time = Math.floor(time / 32);
  }
  for (let place = 0; place < 12; place++) id += alphabet[Math.floor(random.next() * 32)];
  return id;
}
