/** References to earlier results and conditions over them: plain data, looked up and never run as code. */
export { evaluate } from './condition.ts';
export {
  type Filled,
  type FoundReference,
  fillTemplate,
  keptBounds,
  type References,
  referencesIn,
  type Scope,
  type TemplateFault,
  whyNot,
} from './reference.ts';
export type { Reference, ReferenceRoot } from './reference-text.ts';
