import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isObject, type JsonObject } from '../../model/json.ts'
import { checkValidationRules, type RuleFault } from './validation-rules.ts'

/** Schemas, with what `ValidateCustomResourceDefinition` of Kubernetes 1.37.2 says of their rules. */
const cases = readFileSync(new URL('./validation-rules-cases.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): unknown => JSON.parse(line))

const byPlace = (faults: readonly RuleFault[]): readonly RuleFault[] =>
  faults.toSorted((a, b) => (a.path + a.text < b.path + b.text ? -1 : 1))

for (const one of cases) {
  assert.ok(isObject(one) && isObject(one.schema))
  const { name, schema, faults } = one
  test(`says of the rules of "${name}" what the API server says`, () => {
    assert.deepEqual(byPlace(checkValidationRules(schema, 'schema').faults), faults)
  })
}

test('tells what a rule costs, how often it runs, and the sum of all', () => {
  const { rules, faults, total } = checkValidationRules(
    {
      type: 'object',
      properties: {
        list: {
          type: 'array',
          maxItems: 10,
          items: {
            type: 'object',
            properties: { name: { type: 'string', maxLength: 5 } },
            'x-kubernetes-validations': [{ rule: "self.name != 'x'", messageExpression: "'not ' + self.name" }],
          },
        },
      },
    },
    '',
  )
  assert.deepEqual(faults, [])
  assert.deepEqual(rules, [
    {
      path: '.properties.list.items.x-kubernetes-validations[0].rule',
      expression: "self.name != 'x'",
      cost: 3n,
      times: 10n,
      total: 30n,
    },
    {
      path: '.properties.list.items.x-kubernetes-validations[0].messageExpression',
      expression: "'not ' + self.name",
      cost: 5n,
      times: 1n,
      total: 5n,
    },
  ])
  assert.equal(total, 35n)
})

test('a schema of thousands of levels is looked at as far as the API server would', () => {
  const deep = (wrap: (schema: JsonObject) => JsonObject) => {
    let schema: JsonObject = { type: 'string' }
    for (let i = 0; i < 50_000; i++) schema = wrap(schema)
    return schema
  }
  const rule = { 'x-kubernetes-validations': [{ rule: 'true' }] }
  const lists = deep((items) => ({ type: 'array', items }))
  const objects = deep((a) => ({ type: 'object', required: ['a'], properties: { a } }))
  for (const schema of [lists, objects]) {
    assert.deepEqual(checkValidationRules(schema, ''), { rules: [], faults: [], total: 0n })
    const checked = checkValidationRules({ type: 'array', items: { ...schema, ...rule } }, '')
    assert.ok(checked.rules.length + checked.faults.length > 0)
  }
})

test('a schema that aliases make exponentially large is told as not wholly checked, in bounded time', () => {
  let schema: JsonObject = { type: 'string' }
  for (let i = 0; i < 60; i++) schema = { type: 'object', required: ['a', 'b'], properties: { a: schema, b: schema } }
  const { faults } = checkValidationRules({ ...schema, 'x-kubernetes-validations': [{ rule: 'true' }] }, 'schema')
  assert.deepEqual(faults, [
    { path: 'schema', text: 'the schema has more than 100000 parts: not all of its rules were checked' },
  ])
})
