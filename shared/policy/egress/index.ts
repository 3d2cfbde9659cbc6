/**
 * Where calls may go. Users write addresses, the operator owns the network they are called from: without this guard a job could
 * read the cloud's metadata server or a neighbour's database. Pure: the rules, a target and an address go in, a verdict comes out.
 * The judged address must be the one that is then connected to, so adapters ask after the name was looked up, at connect time.
 */
export { type AddressKind, classifyAddress } from './addresses.ts';
export { forbiddenHeader } from './headers.ts';
export { type AllowRule, type ParsedAllowRules, parseAllowRules, type RuleFault } from './rules.ts';
export { type EgressPolicy, type EgressTarget, type EgressVerdict, judgeAddress, judgeTarget } from './verdict.ts';
