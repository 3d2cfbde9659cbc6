/** Looks again and again until it is so; after `withinMs` whoever asked finds out by himself. */
export async function until(isSo: () => boolean, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!isSo() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
}
