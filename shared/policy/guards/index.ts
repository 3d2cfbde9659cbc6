/** What breakers and bulkheads have in common: their names, and the lines that tell for good who changed what and what became of it. */
export { type GuardLine, lineOfTransition, lineOrder } from './guard-line.ts';
export { faultOfGuardName, guardNameChars } from './guard-name.ts';
