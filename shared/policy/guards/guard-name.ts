/** The longest target is a topic by its full name: 100 characters of a project, 255 of the topic, and some words between. */
export const guardNameChars = 400;

/** What is wrong with the name of a breaker or a bulkhead; undefined where nothing is. */
export function faultOfGuardName(name: string): string | undefined {
  if (name.length === 0) return 'is empty';
  if (name.length > guardNameChars) return `has ${name.length} characters; ${guardNameChars} are the most`;
  // Between the slashes of an address they mean another place.
  if (name === '.' || name === '..') return 'is no name';
  return form.test(name) ? undefined : 'must be of printable characters, without a space at either end';
}

const form = /^[^\s\p{C}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\s\p{C}])?$/u;
