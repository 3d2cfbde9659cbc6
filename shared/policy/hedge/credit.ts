/** What second calls are paid with: each first call brings its share of one. */
export interface HedgeCredit {
  earn(): void;
  /** Whether there is enough for one; then it is taken. */
  spend(): boolean;
  giveBack(): void;
}

/** What a quiet time may save up, in second calls: enough for a few that come together, and no storm. */
const most = 10;

export function createHedgeCredit(share: number): HedgeCredit {
  let credit = 0;
  return {
    earn() {
      credit = Math.min(most, credit + share);
    },
    spend() {
      if (credit < 1) return false;
      credit--;
      return true;
    },
    giveBack() {
      credit = Math.min(most, credit + 1);
    },
  };
}
