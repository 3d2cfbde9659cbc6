/**
 * What is asked of each breaker that there is goes out so many at once: ten thousand together would leave no room on the connection for
 * what calls wait for, and be refused themselves.
 */
const atOnce = 500;

export async function inTurns<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < items.length; from += atOnce)
    answers.push(...(await Promise.all(items.slice(from, from + atOnce).map(ask))));
  return answers;
}
