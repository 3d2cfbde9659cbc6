import { jestExpect } from '@jest/expect';

/**
 * What tests import of Jest, as far as tests of the first floor need it: they register here, and are run again for each mutant. Starting Jest anew for each
 * of a thousand mutants would take an hour.
 */
export const expect = jestExpect;

type Body = (...values: never[]) => unknown;

const registered: { readonly title: string; readonly body: Body; readonly values: readonly unknown[] }[] = [];

function eachOf(register: (title: string, body: Body, values: readonly unknown[]) => void) {
  return (rows: readonly unknown[]) => (title: string, body: Body) => {
    for (const row of rows) register(title, body, Array.isArray(row) ? row : [row]);
  };
}

const add = (title: string, body: Body, values: readonly unknown[] = []) =>
  void registered.push({ title, body, values });
const now = (_title: string, body: Body, values: readonly unknown[] = []) => void body(...(values as never[]));

export const test = Object.assign(add, { each: eachOf(add) });
export const describe = Object.assign(now, { each: eachOf(now) });

/** The title of the first test that fails, and why. What was registered is gone afterwards. */
export async function runRegistered(): Promise<{ readonly title: string; readonly because: unknown } | undefined> {
  for (const { title, body, values } of registered.splice(0)) {
    try {
      await body(...(values as never[]));
    } catch (because) {
      return { title, because };
    }
  }
  return undefined;
}

export function forgetRegistered(): void {
  registered.length = 0;
}
