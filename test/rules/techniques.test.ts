import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { techniquesOf } from '../../src/model/rule.ts'
import { ruleFiles } from './files.ts'
import { judgeOf } from './judge.ts'
import { sources, techniquesFile, techniquesPage } from './techniques.ts'

const rows = sources.flatMap((source) => source.rows)

test('docs/techniques.md is as the tables say (node test/rules/techniques.ts --write)', () =>
  assert.equal(readFileSync(techniquesFile, 'utf8'), techniquesPage()))

test('every technique has rules of ours or says why it has none, once', () => {
  assert.deepEqual(
    rows.filter(({ rules, note }) => rules.length === 0 && note === '').map(({ id }) => id),
    [],
  )
  const ids = rows.map(({ id }) => id)
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  )
})

test('every rule that a technique names is there and tells of itself', () => {
  const { rules, correlations, baselines, isHeard } = judgeOf(ruleFiles('bulwark'), 'bulwark')
  const names = new Set([
    ...rules.filter(isHeard).map(({ rule }) => rule.name),
    ...correlations.filter(({ alerts }) => alerts).map(({ correlation }) => correlation.name),
    ...baselines.map(({ name }) => name),
  ])
  assert.deepEqual(
    rows.flatMap(({ id, rules: named }) => named.filter((name) => !names.has(name)).map((name) => `${id}: ${name}`)),
    [],
  )
})

test('a rule that opens a case stands with the techniques of the Threat matrix that it is tagged with', () => {
  const { documents } = judgeOf(ruleFiles('bulwark'), 'bulwark')
  const opening = documents.filter(({ level }) => level !== 'informational' && level !== 'low')
  const missing = opening.flatMap(({ name = '', tags }) =>
    techniquesOf(tags)
      .filter((id) => id.startsWith('MS-') && !rows.find((one) => one.id === id)?.rules.includes(name))
      .map((id) => `${id}: ${name}`),
  )
  assert.deepEqual(missing, [])
})
