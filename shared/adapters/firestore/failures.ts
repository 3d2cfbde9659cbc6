import { CodedError, fieldOf, messageOf } from '../../core/error.ts';

/** gRPC's status codes that mean something here. Source: https://grpc.io/docs/guides/status-codes/ */
export const status = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** Undefined for what was not said by gRPC. */
export function statusOf(thrown: unknown): number | undefined {
  const code = fieldOf(thrown, 'code');
  return typeof code === 'number' ? code : undefined;
}

/** A retry may help. Whether the write that failed so has happened is open, but for those below. */
const passing: ReadonlySet<number> = new Set([
  status.cancelled,
  status.unknown,
  status.deadlineExceeded,
  status.resourceExhausted,
  status.aborted,
  status.internal,
  status.unavailable,
]);
const surelyNotDone: ReadonlySet<number> = new Set([status.resourceExhausted, status.aborted]);

export const mayPass = (thrown: unknown): boolean => passing.has(statusOf(thrown) ?? -1);
export const mayHaveHappened = (thrown: unknown): boolean => mayPass(thrown) && !surelyNotDone.has(statusOf(thrown)!);

/**
 * Of a commit with a precondition: it did not hold. The same codes tell of a database that isn't there, is in Datastore mode, or whose
 * key was revoked, where looking again at what is stored would not help.
 */
export function isRefusedPrecondition(thrown: unknown): boolean {
  switch (statusOf(thrown)) {
    case status.alreadyExists:
      return true;
    case status.notFound:
      return !namesDatabase(thrown);
    case status.failedPrecondition:
      return !(needsIndex(thrown) || isInDatastoreMode(thrown) || isLocked(thrown));
    default:
      return false;
  }
}

/** Where the store is, as messages tell it. */
export interface Place {
  readonly project: string;
  readonly database: string;
  readonly emulatorHost?: string;
}

/** Says in our codes what Firestore said. What it did not say is a bug of ours, or coded already, and is given back as it is. */
export function storeFailure(place: Place, thrown: unknown): unknown {
  const code = statusOf(thrown);
  if (code === undefined) return thrown;
  const [ours, sentence] = describe(code, thrown, place);
  return new CodedError(ours, `${nameOf(place)} ${sentence}`, { cause: thrown });
}

export function nameOf({ project, database, emulatorHost }: Place): string {
  const where = emulatorHost === undefined ? '' : ` on the emulator ${emulatorHost}`;
  return `The Firestore database ${database} of project ${project}${where}`;
}

function describe(code: number, thrown: unknown, { project, database, emulatorHost }: Place): [string, string] {
  const said = messageOf(thrown).slice(0, 500);
  if (code === status.deadlineExceeded) return ['store_timeout', `did not answer in time (${said}).`];
  if (passing.has(code))
    return ['store_unavailable', `cannot be reached or is overloaded (${said})${hint(emulatorHost)}`];
  if (code === status.permissionDenied || code === status.unauthenticated)
    return [
      'store_denied',
      `refuses this account (${said}): grant it roles/datastore.user on project ${project}, or log in with "gcloud auth application-default login".`,
    ];
  if (code === status.notFound && namesDatabase(thrown))
    return [
      'store_missing',
      `is not there (${said}): make it with "gcloud firestore databases create --project ${project} --database '${database}' --location LOCATION".`,
    ];
  if (code === status.failedPrecondition) return describeState(said, thrown, { project, database });
  return ['store_refused', `refused a request (${said}): this is a fault of Breakwater, please report it.`];
}

/** FAILED_PRECONDITION of what was asked on no condition, or says clearly that it means none of ours. */
function describeState(said: string, thrown: unknown, { project, database }: Place): [string, string] {
  if (needsIndex(thrown))
    return [
      'store_index_missing',
      `lacks an index (${said}): deploy firestore.indexes.json and wait until it is built.`,
    ];
  if (isInDatastoreMode(thrown))
    return [
      'store_missing',
      `is in Datastore mode (${said}): make another with "gcloud firestore databases create --type firestore-native --project ${project} --database NAME --location LOCATION" and name it instead of ${database}.`,
    ];
  if (isLocked(thrown))
    return [
      'store_denied',
      `cannot use its encryption key (${said}): enable the key, and let Firestore's service agent use it (roles/cloudkms.cryptoKeyEncrypterDecrypter).`,
    ];
  return ['store_refused', `is not in a state to serve (${said}): look at it in the console of Google Cloud.`];
}

const hint = (emulatorHost: string | undefined): string =>
  emulatorHost === undefined ? '.' : ': start the emulator, or correct FIRESTORE_EMULATOR_HOST.';
const namesDatabase = (thrown: unknown): boolean => /\bdatabase\b.*does not exist/i.test(messageOf(thrown));
const needsIndex = (thrown: unknown): boolean =>
  /requires an? .*index|index .*(building|required)/i.test(messageOf(thrown));
const isInDatastoreMode = (thrown: unknown): boolean =>
  /datastore mode|cloud datastore projects/i.test(messageOf(thrown));
const isLocked = (thrown: unknown): boolean => /encryption key/i.test(messageOf(thrown));
