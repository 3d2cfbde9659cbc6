import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { collections } from '../../../shared/adapters/firestore/layout.ts';
import { type Shape, shapes } from '../../../shared/adapters/firestore/queries.ts';

interface Index {
  readonly collectionGroup: string;
  readonly queryScope: string;
  readonly fields: readonly { readonly fieldPath: string; readonly order: string }[];
}

const { indexes, fieldOverrides } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../firestore.indexes.json'), 'utf8'),
) as {
  readonly indexes: readonly Index[];
  readonly fieldOverrides: readonly { readonly collectionGroup: string }[];
};

/** An index serves a query when it begins with the fields that are compared, in any order, and goes on with the one that orders. */
function neededBy({ collection, equal, order }: Shape): string | undefined {
  if (!order) return undefined;
  return `${collection}: ${equal.toSorted().join(' ')}, ${order.field} ${order.direction}`;
}

function servedBy({ collectionGroup, fields }: Index): string {
  const last = fields.at(-1)!;
  const first = fields.slice(0, -1).map(({ fieldPath }) => fieldPath);
  return `${collectionGroup}: ${first.toSorted().join(' ')}, ${last.fieldPath} ${last.order}`;
}

describe("Firestore's indexes", () => {
  const needed = Object.values<Shape>(shapes).flatMap((shape) => neededBy(shape) ?? []);

  test('every query has the composite index that it needs, and there is none that no query needs', () => {
    expect(indexes.map(servedBy).toSorted()).toEqual(needed.toSorted());
    expect(indexes.every(({ queryScope }) => queryScope === 'COLLECTION')).toBe(true);
  });

  test("every collection that has a rule bears our name, since a rule is for all of its name in a database that is others', too", () => {
    const ruled = new Set([...indexes, ...fieldOverrides].map(({ collectionGroup }) => collectionGroup));
    expect([...ruled].toSorted()).toEqual(Object.values(collections).toSorted());
    expect([...ruled].filter((name) => !name.startsWith('breakwater-'))).toEqual([]);
  });

  test('every index that ends in a time begins with the shard', () => {
    expect(indexes.map(({ fields }) => fields[0]?.fieldPath)).toEqual(indexes.map(() => 'shard'));
  });
});
