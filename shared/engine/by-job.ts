export function byJob<T extends { readonly jobId: string }>(all: readonly T[]): Map<string, T[]> {
  return Map.groupBy(all, ({ jobId }) => jobId);
}
