// What the rule editor offers is what the engines know.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditFields } from '../../src/engines/falco/fields.ts'
import { isModifier } from '../../src/engines/sigma/modifiers.ts'
import { correlationTypes } from '../../src/engines/sigma/types.ts'
import { isObject } from '../../src/model/json.ts'
import { falcoFields, keyValues, modifiers, serviceFields } from '../../src/web/pages/rules/edit/rule-words.ts'
import { ruleFiles } from './files.ts'
import { judgeOf } from './judge.ts'

test('every modifier and type of correlation that is offered is known, and all types are offered', () => {
  for (const { word } of modifiers) assert.ok(isModifier(word), word)
  assert.deepEqual(keyValues['correlation.type'], correlationTypes)
})

test('every field of Falco that is offered is known', () => {
  assert.deepEqual(
    falcoFields.filter((field) => !auditFields.has(field)),
    [],
  )
})

test('fields that our rules over sensors and Events look at are offered', () => {
  const { documents } = judgeOf(ruleFiles('bulwark'), 'bulwark')
  const unknown = documents.flatMap(({ name = '', document: { logsource, bulwark } }) => {
    const service = isObject(logsource) ? String(logsource.service) : ''
    if (service !== 'runtime' && service !== 'events') return []
    const offered = new Set(serviceFields[service]?.map(({ word }) => word))
    const fields = isObject(bulwark) && Array.isArray(bulwark.fields) ? bulwark.fields.map(String) : []
    assert.ok(fields.length > 0, name)
    return fields.filter((field) => !offered.has(field)).map((field) => `${name}: ${field}`)
  })
  assert.deepEqual(unknown, [])
})
