import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { kubernetesAudit, loadSigma } from '../../engines/sigma/index.ts'
import type { JsonObject } from '../../model/json.ts'
import { type BaselineRule, createBaselines, readBaselines } from './index.ts'

const hour = 3_600_000_000

const sigma = loadSigma(
  [
    {
      name: 'rules.yml',
      text: ['one', 'two', 'three']
        .map(
          (name) => `title: ${name}
name: ${name}
logsource: {product: kubernetes, service: audit}
detection: {sel: {verb: get}, condition: sel}
`,
        )
        .join('---\n'),
    },
  ],
  { sources: [kubernetesAudit] },
)

const document = (title: string, more: string): string => `title: ${title}\nbaseline: {${more}, learn: 1h}\n`
const { rules } = readBaselines(
  [
    document('a', 'type: new, rules: [one], group-by: [user.username], values: [verb, objectRef.resource]'),
    document('b', 'type: new, rules: [one, two], group-by: [user.username], values: [sourceIPs], forget: 2h'),
    document('c', 'type: new, rules: [two], learn-from: [one, three], group-by: [verb], values: [user.username]'),
    document('d', 'type: new, rules: [three], group-by: [user.username], values: [verb], new-groups: fire'),
    document(
      'e',
      'type: volume, rules: [one, three], group-by: [user.username], timespan: 10m, condition: {mads: 1, least: 3}',
    ),
  ].join('---\n'),
  'baselines.yml',
)

interface Known {
  readonly first: number
  readonly values: Map<string, number>
  saturated: boolean
}

const limits = { groups: 3, valuesOfGroup: 3, values: 6 }

const texts = (event: JsonObject, fields: readonly string[]): readonly string[] => {
  const lists = fields.map((field) => {
    const value = field.split('.').reduce<unknown>((from, key) => Reflect.get(Object(from), key), event)
    const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value]
    return field === 'sourceIPs' ? list.slice(0, 1) : list
  })
  return lists
    .reduce<readonly (readonly unknown[])[]>(
      (chosen, list) => chosen.flatMap((one) => list.map((value) => [...one, value])),
      [[]],
    )
    .map((one) => JSON.stringify(one))
}

/** A baseline for new values, as rules/README.md says it: groups in a Map that is written anew with each event. */
const plainNovelty = (rule: BaselineRule) => {
  const { watch } = rule
  if (watch.type !== 'new') throw new TypeError('not for new values')
  let groups = new Map<string, Known>()
  let since: number | undefined
  return (event: JsonObject, time: number): readonly string[] => {
    const found: string[] = []
    for (const key of texts(event, rule.groupBy))
      for (const value of texts(event, watch.values)) {
        since ??= time
        const old = groups.get(key)
        const group = old ?? { first: time, values: new Map(), saturated: false }
        const others = [...groups].filter(([name]) => name !== key)
        if (old === undefined && others.length === limits.groups) others.shift()
        const last = group.values.get(value)
        const known = group.values.size
        if (last === undefined && known === limits.valuesOfGroup) group.saturated = true
        else group.values.set(value, Math.max(time, last ?? time))
        let total = others.reduce((sum, [, { values }]) => sum + values.size, group.values.size)
        while (total > limits.values) total -= others.shift()?.[1].values.size ?? total
        groups = new Map([...others, [key, group]])
        const learned =
          old === undefined ? time - since >= hour && watch.newGroups === 'fire' : time - group.first >= hour
        const isNew = last === undefined || time - last > watch.forgetSeconds * 1_000_000
        if (learned && isNew && !group.saturated) found.push(`${rule.title} ${key} ${value} ${known}`)
      }
    return found
  }
}

const user = fc.constantFrom<JsonObject>(
  { username: 'a' },
  { username: 'b' },
  { username: 'c' },
  { username: 'd' },
  { username: ['a', 'b'] },
  {},
)
const event = fc.record<JsonObject>({
  verb: fc.constantFrom('get', 'list', 'watch', 'update'),
  user,
  objectRef: fc.constantFrom<JsonObject>(
    { resource: 'pods' },
    { resource: 'nodes' },
    { resource: ['pods', 'secrets'] },
  ),
  sourceIPs: fc.constantFrom<JsonObject[string]>([], ['10.0.0.1'], ['10.0.0.2', '10.0.0.1'], '10.0.0.3'),
})
const step = fc.record({
  event,
  after: fc.constantFrom(0, 1, 60_000_000, hour / 4, hour, -hour),
  matched: fc.subarray(['one', 'two', 'three']),
})

test('baselines that read events together find what each finds alone, and remember the same', () => {
  assert.equal(rules.length, 5)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const together = createBaselines(rules, sigma, limits).baselines
      const each = rules.map((rule) => createBaselines([rule], sigma, limits).baselines)
      const plain = rules.map((rule) => (rule.watch.type === 'new' ? plainNovelty(rule) : undefined))
      let time = 500_000 * hour
      for (const [number, { event, after, matched: names }] of steps.entries()) {
        time += after
        const matched = sigma.rules.filter(({ rule }) => names.includes(rule.name ?? ''))
        const input = { time, receivedAt: time + 1, event, matched, ref: `e${number}` }
        const found = together.step(input)
        const alone = each.flatMap((one) => one.step(input))
        assert.deepEqual(new Set(found), new Set(alone))
        for (const [place, rule] of rules.entries()) {
          const asks = (some: readonly string[]): boolean => some.some((name) => names.includes(name))
          const learns = asks(rule.learnFrom)
          const expected = asks(rule.rules) || learns ? plain[place]?.(event, time) : []
          if (expected === undefined || rule.watch.type !== 'new') continue
          const { groupBy } = rule
          const { values: ofValue } = rule.watch
          const texts = found
            .filter((one) => one.rule === rule)
            .map(({ group, values, measured }) => {
              const list = (fields: readonly string[], from: Readonly<Record<string, string>>): string =>
                JSON.stringify(fields.map((field) => from[field]))
              return `${rule.title} ${list(groupBy, group)} ${list(ofValue, values)} ${measured}`
            })
          assert.deepEqual(texts, asks(rule.rules) ? expected : [])
        }
      }
      const saved: unknown = JSON.parse(JSON.stringify(together.checkpoint()))
      const parts = each.flatMap((one): unknown => Reflect.get(JSON.parse(JSON.stringify(one.checkpoint())), 'rules'))
      assert.deepEqual(saved, { version: 1, rules: parts.flat() })
      const statusOf = (one: typeof together) => one.status()
      assert.deepEqual(statusOf(together), each.flatMap(statusOf))
    }),
    { numRuns: 300 },
  )
})
