/** A figure that follows from what is stored has three times the same; for any other, `likely` is the estimate within the bounds. */
export interface Range {
  readonly least: number;
  readonly likely: number;
  readonly most: number;
}

export const exactly = (count: number): Range => ({ least: count, likely: count, most: count });

/** The estimate is brought within the bounds. */
export function between(least: number, likely: number, most: number): Range {
  return { least, likely: Math.max(least, Math.min(likely, most)), most };
}

/** All that is added up may be at its bound at the same time. */
export function sumOf(ranges: readonly Range[]): Range {
  const at = (bound: keyof Range) => ranges.reduce((sum, range) => sum + range[bound], 0);
  return { least: at('least'), likely: at('likely'), most: at('most') };
}
