/** The form in which stores keep a job, the same for every store: rows, pages, what lies apart, and the places of a listing. */
export { encodePageToken, endedWith, type ListPlace, newerFirst, placeIn } from './listing.ts';
export {
  auditBecomesChunk,
  decodeJob,
  encodePage,
  nameOfText,
  pageIsInline,
  pagesToWrite,
  resultNames,
  resultsApart,
  type StoredJob,
  specIsInline,
} from './record.ts';
export { isUnreadable } from './unreadable.ts';
