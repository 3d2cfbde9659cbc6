import fc from 'fast-check';

const names = fc.stringMatching(/^[A-Za-z0-9_:#@+=~.-]{1,12}$/);
const durations = fc.oneof(fc.nat(1_000_000), fc.constantFrom('250ms', '1.5h', '2d', '0.5s'));
const values = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('$', '').replaceAll('__proto__', '')) as unknown);
const optional = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] });
const conditions = fc.letrec<{ condition: unknown }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    fc.record(
      { value: fc.oneof(values, fc.constant('${job.input.x ?? 1}')), equals: values, exists: fc.boolean() },
      { requiredKeys: ['value', 'equals'] },
    ),
    fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ not: tie('condition') }),
  ),
})).condition;

const work = optional({
  description: fc.string(),
  when: conditions,
  onFailure: fc.constantFrom('fail', 'continue'),
  expected: durations,
  priority: fc.nat(9),
});

const retry = optional({
  strategy: fc.constantFrom('fixed', 'linear', 'exponential', 'fibonacci'),
  maxAttempts: fc.integer({ min: 1, max: 9 }),
  delay: durations,
});

const kinds = fc.oneof(
  fc.record({ type: fc.constant('function'), handler: names, input: values, retry }),
  fc.record({ type: fc.constant('delay'), delay: fc.oneof(durations, fc.constant('${job.input.wait}')) }),
  fc.record({ type: fc.constant('http'), url: fc.webUrl(), body: values, retry }),
  fc.record({
    type: fc.constant('pubsub'),
    topic: names,
    attributes: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.constant('v')),
  }),
);

/** Sound documents: each node depends on earlier ones, and a choice leads to those that depend on it. */
export const documents = fc
  .record({
    ids: fc.uniqueArray(names, { minLength: 1, maxLength: 8 }),
    parts: fc.array(fc.tuple(kinds, work, fc.array(fc.nat(7), { maxLength: 3 }), fc.nat(5)), {
      minLength: 8,
      maxLength: 8,
    }),
    top: optional({
      description: fc.string(),
      input: values,
      priority: fc.nat(9),
      startAt: fc.constantFrom(1_893_456_000_005, '2030-02-01T00:00:00Z'),
      timeout: fc.constantFrom('1h', 5),
      output: values,
    }),
  })
  .map(({ ids, parts, top }) => {
    const nodes = ids.map((id, index) => {
      const [kind, common, from, twist] = parts[index]!;
      const dependsOn = [...new Set(from.filter((each) => each < index))].map((each) => ids[each]!);
      const node = { id, dependsOn, ...common };
      if (twist === 0) return { ...node, type: 'signal' };
      if (twist === 1) return { ...node, type: 'map', over: [1, 2], node: kind };
      if (twist === 2)
        return { ...node, type: 'choice', choices: [{ when: { value: 1, gt: 0 }, then: [] as string[] }] };
      if (twist === 3 && dependsOn[0])
        return { ...node, ...kind, input: `\${nodes[${JSON.stringify(dependsOn[0])}].result}` };
      return { ...node, ...kind };
    });
    for (const node of nodes) {
      if (!('choices' in node)) continue;
      const targets = nodes.filter(({ dependsOn }) => dependsOn.includes(node.id)).map(({ id }) => id);
      if (targets.length === 1) Object.assign(node.choices[0]!, { then: targets[0] });
      else node.choices[0]!.then = targets;
    }
    return { name: 'made', ...top, nodes };
  });
