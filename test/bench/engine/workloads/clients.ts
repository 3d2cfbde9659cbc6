/** `clients` callers who each do one job after the other, until `jobs` are done. Gives the milliseconds that it took. */
export async function inFlight(clients: number, jobs: number, runToEnd: () => Promise<unknown>): Promise<number> {
  let left = jobs;
  const start = performance.now();
  const client = async () => {
    while (left-- > 0) await runToEnd();
  };
  await Promise.all(Array.from({ length: clients }, client));
  return performance.now() - start;
}

/** One job at a time: the milliseconds of each. */
export async function oneByOne(jobs: number, runToEnd: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let job = 0; job < jobs; job++) {
    const start = performance.now();
    await runToEnd();
    times.push(performance.now() - start);
  }
  return times;
}
