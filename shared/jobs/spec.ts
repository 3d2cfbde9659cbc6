import type { Json } from '../core/json.ts';
import type { RecoveryPolicy } from '../policy/recovery/index.ts';
import type { RetryPolicy } from '../policy/retry/index.ts';

/**
 * What a user asks for: a DAG of nodes. This is the form after parsing: every duration is milliseconds, every time is
 * milliseconds since the epoch, and it is itself a valid document, so that a stored spec can be submitted again.
 */
export interface JobSpec {
  readonly name: string;
  readonly description?: string;
  /** Readable by every node as `${job.input}`. */
  readonly input?: Json;
  /** 0 (last) to 9 (first); 5 unless said. */
  readonly priority?: number;
  /** Not started before this time. */
  readonly startAt?: number;
  /** The job fails when it has not ended by this time. */
  readonly deadline?: number;
  /** The job fails when it has not ended this long after its start. */
  readonly timeout?: number;
  /** For nodes without a policy of their own. */
  readonly retry?: RetryPolicy;
  /** What is done about failures that no retry policy will try again, and that would fail the job. */
  readonly recovery?: RecoveryPolicy;
  readonly nodes: readonly NodeSpec[];
  /**
   * A template for the job's result, which may refer to any node. Unless said, the result of the node that nothing depends on; of
   * several such nodes, an object of their results by id.
   */
  readonly output?: Json;
}

export type NodeType = NodeSpec['type'];
export type JoinRule = 'all_succeeded' | 'all_settled' | 'any_succeeded';
export type NodeSpec =
  | HttpNode
  | PubsubNode
  | FunctionNode
  | DelayNode
  | SignalNode
  | ChoiceNode
  | MapNode
  | ChildJobNode;
/** What a map runs for each item: `id` and `dependsOn` come from the map. */
export type ItemSpec =
  | Omit<HttpNode, 'id' | 'dependsOn' | 'join'>
  | Omit<PubsubNode, 'id' | 'dependsOn' | 'join'>
  | Omit<FunctionNode, 'id' | 'dependsOn' | 'join'>
  | Omit<DelayNode, 'id' | 'dependsOn' | 'join'>
  | Omit<ChildJobNode, 'id' | 'dependsOn' | 'join'>;

/** The call that takes back what a node did, when its job is rolled back: without a place in the graph, which follows from its node's. */
export type CompensateSpec =
  | Omit<HttpNode, CompensationLacks>
  | Omit<PubsubNode, CompensationLacks>
  | Omit<FunctionNode, CompensationLacks>;
type CompensationLacks = 'id' | 'dependsOn' | 'join' | 'onFailure' | 'compensate';

/** What a node with a call or a child job may have. */
export interface Compensable {
  readonly compensate?: CompensateSpec;
}

export interface NodeCommon {
  readonly id: string;
  readonly description?: string;
  readonly dependsOn?: readonly string[];
  /** Which dependencies' endings let this node start; `all_succeeded` unless said. */
  readonly join?: JoinRule;
  /** Evaluated once the join rule is met; the node is skipped when it is false. */
  readonly when?: Condition;
  /** A template; for a node with a call, what the call is given. */
  readonly input?: Json;
  /** What a final failure means for the job; `fail` unless said. */
  readonly onFailure?: 'fail' | 'continue';
  readonly retry?: RetryPolicy;
  /** What is done about a final failure of this node; the job's rules follow unless one of these fits. */
  readonly recovery?: RecoveryPolicy;
  /** The job's state is captured under this name when this node has succeeded. */
  readonly checkpoint?: string;
  /** Limit of one attempt (calls) or of the wait (delay, signal, job, map). None unless said; 60 s for the answer of an `http` call. */
  readonly timeout?: number;
  /** Limit from the first moment the node could start until it settles, over all attempts. */
  readonly totalTimeout?: number;
  /** 0 to 9; the job's unless said. */
  readonly priority?: number;
  /** How long this node ran elsewhere; used for estimates and for the critical path. */
  readonly expected?: number;
}

/** What a node with a call may have. */
export interface Guardable {
  /** The pool of calls that it belongs to: it begins when the pool has a permit for it. */
  readonly bulkhead?: string;
}

export interface HttpNode extends NodeCommon, Compensable, Guardable {
  readonly type: 'http';
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; `input` unless said. */
  readonly body?: Json;
  /** Up to this many redirects are followed, each checked like the first address; 0 unless said. */
  readonly redirects?: number;
  /** `response`: the answer is the result. `callback`: a 2xx answer only accepts, the result is called back. */
  readonly completion?: 'response' | 'callback';
  /** With `callback`: the wait ends as a failure when no heartbeat comes for this long. */
  readonly heartbeatTimeout?: number;
}

export interface PubsubNode extends NodeCommon, Compensable, Guardable {
  readonly type: 'pubsub';
  readonly topic: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** `callback` unless said: the consumer reports the result. `publish`: the node has succeeded once the message is out. */
  readonly completion?: 'publish' | 'callback';
  readonly heartbeatTimeout?: number;
}

export interface FunctionNode extends NodeCommon, Compensable, Guardable {
  readonly type: 'function';
  /** The name it was registered under. */
  readonly handler: string;
  /** The attempt fails when the handler does not call `heartbeat` for this long. */
  readonly heartbeatTimeout?: number;
  readonly completion?: 'response' | 'callback';
}

export interface DelayNode extends NodeCommon {
  readonly type: 'delay';
  /** Milliseconds, or a template that gives milliseconds or a duration such as `90s`. */
  readonly delay: number | string;
}

export interface SignalNode extends NodeCommon {
  readonly type: 'signal';
  /** The signal's name; the node's id unless said. */
  readonly signal?: string;
}

export interface ChoiceNode extends NodeCommon {
  readonly type: 'choice';
  /** The first whose condition is true wins; dependants named only in the others are skipped. */
  readonly choices: readonly { readonly name?: string; readonly when: Condition; readonly then: readonly string[] }[];
  readonly otherwise?: readonly string[];
}

export interface MapNode extends NodeCommon {
  readonly type: 'map';
  /** A list, or a template that gives one. */
  readonly over: Json;
  readonly node: ItemSpec;
  /** Items under way at once; all unless said. */
  readonly concurrency?: number;
}

export interface ChildJobNode extends NodeCommon, Compensable {
  readonly type: 'job';
  /** Its `input` is this node's `input` when that is given. */
  readonly job: JobSpec;
}

/** A condition over earlier results; plain data, never code. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | Comparison;

export interface Comparison {
  /** Usually a reference: `${nodes.score.result.value}`. A reference without a value compares as absent. */
  readonly value: Json;
  readonly equals?: Json;
  readonly notEquals?: Json;
  readonly gt?: Json;
  readonly gte?: Json;
  readonly lt?: Json;
  readonly lte?: Json;
  readonly in?: Json;
  readonly contains?: Json;
  readonly startsWith?: Json;
  readonly exists?: boolean;
}

export const defaultPriority = 5;
