import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFieldSelector, parseLabelSelector } from './selector-text.ts'

const labels: readonly (readonly [string, string])[] = [
  ['', ''],
  ['app=web', 'app In web'],
  ['app == web , !old', 'app In web; old DoesNotExist '],
  ['app in (b,a,),tier notin (x)', 'app In ,a,b; tier NotIn x'],
  ['in in (in)', 'in In in'],
  ['x!=', 'x NotIn '],
  ['n>3,n<9', 'n Gt 3; n Lt 9'],
  ['example.com/app', 'example.com/app Exists '],
  ['a,', 'refused'],
  ['a,,b', 'refused'],
  ['!a=b', 'refused'],
  ['n>three', 'refused'],
  ['a in b', 'refused'],
  ['a in (b', 'refused'],
  ['-a=b', 'refused'],
  ['a=b=c', 'refused'],
]

for (const [text, expected] of labels) {
  test(`the label selector "${text}" is ${expected === '' ? 'empty' : expected}`, () => {
    const terms = parseLabelSelector(text)
    const got = terms?.map(({ key, operator, values }) => `${key} ${operator} ${values.join(',')}`).join('; ')
    assert.equal(got ?? 'refused', expected)
  })
}

const fields: readonly (readonly [string, string])[] = [
  ['', ''],
  ['metadata.name=web,status.phase!=Running', 'metadata.name = web; status.phase != Running'],
  ['a==b\\,c', 'a = b,c'],
  ['a=b\\\\', 'a = b\\'],
  ['a=b\\', 'refused'],
  ['a=b\\x', 'refused'],
  ['a=b=c', 'refused'],
  ['a', 'refused'],
]

for (const [text, expected] of fields) {
  test(`the field selector "${text}" is ${expected === '' ? 'empty' : expected}`, () => {
    const got = parseFieldSelector(text)
      ?.map(({ field, operator, value }) => `${field} ${operator} ${value}`)
      .join('; ')
    assert.equal(got ?? 'refused', expected)
  })
}
