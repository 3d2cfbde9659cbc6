/**
 * One draw from the Beta distribution with shapes `a` and `b`, each at least 1. Pure: the same chances give the same draw.
 * X / (X + Y) of two gamma draws is Beta distributed; each is made by the method of George Marsaglia and Wai Wan Tsang, «A Simple
 * Method for Generating Gamma Variables», ACM TOMS 26 (3), 2000. `chance` is uniform in [0, 1), asked as often as needed.
 */
export function drawBeta(a: number, b: number, chance: () => number): number {
  const x = drawGamma(a, chance);
  return x / (x + drawGamma(b, chance));
}

/** More than nineteen of twenty are taken at once. Chances that would refuse for ever, all of them the same say, get the mean. */
const refusalsMost = 50;

function drawGamma(shape: number, chance: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let refusals = 0; refusals < refusalsMost; refusals++) {
    const normal = drawNormal(chance);
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(1 - chance()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
  return shape;
}

/** George Box and Mervin Muller, 1958. */
function drawNormal(chance: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}
