import type { PolicyVersion } from '../../../policy/named/index.ts';
import { apiLimits } from '../limits.ts';
import { pageOf } from '../page.ts';
import { type Problem, problem } from '../problem.ts';
import { type JsonReply, ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import * as schemas from '../schemas/policy.ts';
import { newPolicyBody, policyBody } from './policy-bodies.ts';

/** Retry policies as documents of their own. Jobs that name one are given a copy when they are submitted, so nothing here touches a job. */

const collection = '/api/v3/retry-policies';
const one = `${collection}/{name}`;
const tag = 'policies';
const params = { name: schemas.policyName };
const headers = { ETag: 'The version, in quotes.' };

export const createRetryPolicy = defineRoute({
  name: 'createRetryPolicy',
  method: 'POST',
  path: collection,
  tag,
  summary: 'Give a retry policy a name',
  description: 'Jobs name it as `retry: NAME`. A name that was deleted goes on with the next version.',
  body: newPolicyBody,
  answers: {
    201: { description: 'It is there.', schema: schemas.policy, headers: { ...headers, Location: 'The policy.' } },
  },
  problems: ['invalid_policy', 'policy_exists', 'store_full'],
  async handle({ body: { name, body }, by }, { policies, clock }) {
    const written = await policies.create('retry', name, { body, at: clock.now(), by });
    if (written.kind === 'written') return reply(201, written.policy, { Location: `${collection}/${name}` });
    const detail = `there is a retry policy \`${name}\`, its newest version is ${written.newest.version}`;
    return problem('policy_exists', detail, {}, { Location: `${collection}/${name}` });
  },
});

export const listRetryPolicies = defineRoute({
  name: 'listRetryPolicies',
  method: 'GET',
  path: collection,
  tag,
  summary: 'List retry policies by name, each with its newest version',
  query: schemas.listing,
  answers: { 200: { description: 'A page of them.', schema: schemas.policyPage } },
  async handle({ query: { size = apiLimits.pageSize, page_token: pageToken } }, { policies }) {
    const page = await policies.list('retry', { size, ...(pageToken !== undefined && { pageToken }) });
    return ok({ policies: page.policies.map(viewOf), page: pageOf(size, page.nextPageToken) });
  },
});

export const getRetryPolicy = defineRoute({
  name: 'getRetryPolicy',
  method: 'GET',
  path: one,
  tag,
  summary: 'Read a retry policy',
  params,
  query: { version: schemas.version },
  answers: { 200: { description: 'The newest version, or the one asked for.', schema: schemas.policy, headers } },
  problems: ['policy_not_found'],
  async handle({ path: { name }, query: { version } }, { policies }) {
    const found = await policies.get('retry', name, version);
    return found ? reply(200, found) : notFound(name, version);
  },
});

export const listRetryPolicyVersions = defineRoute({
  name: 'listRetryPolicyVersions',
  method: 'GET',
  path: `${one}/versions`,
  tag,
  summary: 'List the versions of a retry policy, newest first',
  params,
  answers: { 200: { description: 'All that are kept.', schema: schemas.policyVersions } },
  problems: ['policy_not_found'],
  async handle({ path: { name } }, { policies }) {
    const versions = await policies.versions('retry', name);
    return versions.length > 0 ? ok({ name, versions: versions.map(viewOf) }) : notFound(name);
  },
});

export const putRetryPolicy = defineRoute({
  name: 'putRetryPolicy',
  method: 'PUT',
  path: one,
  tag,
  summary: 'Write the next version of a retry policy',
  description:
    'Only where the version in `If-Match` is the newest. Sending the same again makes no further version. Jobs that were submitted keep what they were started with.',
  params,
  headers: { 'if-match': schemas.ifMatch },
  body: policyBody,
  answers: { 200: { description: 'The newest version.', schema: schemas.policy, headers } },
  problems: ['invalid_policy', 'policy_not_found', 'policy_changed', 'version_required', 'store_full'],
  async handle({ path: { name }, headers: given, body, by }, { policies, clock }) {
    const seen = given['if-match'];
    if (seen === undefined)
      return problem('version_required', `which version of \`${name}\` this replaces is not said`);
    const updated = await policies.update('retry', name, seen, { body, at: clock.now(), by });
    switch (updated.kind) {
      case 'written':
      case 'unchanged':
        return reply(200, updated.policy);
      case 'changed':
        return changed(updated.newest, seen);
      case 'unknown':
        return notFound(name);
    }
  },
});

export const deleteRetryPolicy = defineRoute({
  name: 'deleteRetryPolicy',
  method: 'DELETE',
  path: one,
  tag,
  summary: 'Delete a retry policy with all its versions',
  description:
    'Jobs that were submitted with it keep their copy. With `If-Match` only where that is the newest version.',
  params,
  headers: { 'if-match': schemas.ifMatch },
  answers: { 200: { description: 'It is gone.', schema: schemas.policyDeleted } },
  problems: ['policy_not_found', 'policy_changed', 'store_full'],
  async handle({ path: { name }, headers: given }, { policies }) {
    const seen = given['if-match'];
    const deleted = await policies.delete('retry', name, seen);
    switch (deleted.kind) {
      case 'deleted':
        return ok({ name, version: deleted.newest.version });
      case 'changed':
        return changed(deleted.newest, seen);
      case 'unknown':
        return notFound(name);
    }
  },
});

const viewOf = ({ name, version, body, at, by }: PolicyVersion) => ({ name, version, policy: body, at, by });

function reply(status: number, policy: PolicyVersion, more: Readonly<Record<string, string>> = {}): JsonReply {
  return { kind: 'json', status, body: viewOf(policy), headers: { ETag: etagOf(policy), ...more } };
}

const etagOf = ({ version }: PolicyVersion): string => `"${version}"`;

function notFound(name: string, version?: number): Problem {
  const which = version === undefined ? '' : `, or it has no version ${version}`;
  return problem('policy_not_found', `there is no retry policy \`${name}\`${which}`);
}

function changed(newest: PolicyVersion, seen: number | undefined): Problem {
  const detail = `the newest version of retry policy \`${newest.name}\` is ${newest.version}, not ${seen}`;
  return problem('policy_changed', detail, {}, { ETag: etagOf(newest) });
}
