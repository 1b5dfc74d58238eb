import assert from 'node:assert/strict'
import test from 'node:test'
import { isObject } from '../../model/json.ts'
import type { ManifestItem, ManifestObject } from './manifest.ts'
import { readText } from './read-text.ts'

const read = (text: string): readonly ManifestItem[] => [...readText('f.yaml', text)]
const objects = (text: string) => read(text).filter((item): item is ManifestObject => item.kind === 'object')
const problems = (text: string) =>
  read(text).flatMap((item) =>
    item.kind === 'problem'
      ? [`${item.level} ${item.position?.line ?? '-'}:${item.position?.column ?? '-'} ${item.message}`]
      : [],
  )
const names = (text: string) =>
  objects(text).map(({ object }) => [object.kind, isObject(object.metadata) ? object.metadata.name : undefined])
const placeOf = (item: ManifestObject | undefined, path: string) => {
  const position = item?.locate(path)
  return `${position?.line}:${position?.column}`
}

const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n`

test('a malformed document leaves the others whole', () => {
  const text = `${pod('a')}---\nkind: [\n---\n${pod('b')}`
  assert.deepEqual(names(text), [
    ['Pod', 'a'],
    ['Pod', 'b'],
  ])
  assert.equal(problems(text).length, 1)
  assert.match(problems(text)[0] ?? '', /^error [67]:\d+ the document cannot be read: /)
})

test('finds the place of a character of a text, however the text is written', () => {
  const written = [
    'a: object.spec.x == 1',
    "a: 'object.spec.x == ''é'''",
    'a: "object.spec.x\t== \\"é\\""',
    'a: |\n    object.spec\n      .x == 1',
    'a: >-\n    object.spec.\n    x == 1',
    'a:\n    object.spec.\n    x == 1',
    'a: &one object.spec.x == 1',
  ]
  const places = written.map((text) => {
    const [item] = objects(`${pod('a')}spec:\n  ${text}\n`)
    const value = isObject(item?.object.spec) ? item.object.spec.a : undefined
    const position = item?.locate('spec.a', String(value).indexOf('x'))
    return `${position?.line}:${position?.column}`
  })
  assert.deepEqual(places, ['6:18', '6:19', '6:19', '8:8', '8:5', '8:5', '6:23'])
})

test('a character of a text that is not written as it reads is at the place of its field', () => {
  const [item] = objects(`${pod('a')}spec:\n  a: "\\x6fbject.spec"\n  b: [one, two]\n  c: 5\n`)
  const at = (path: string, within: number) => {
    const position = item?.locate(path, within)
    return `${position?.line}:${position?.column}`
  }
  assert.deepEqual([at('spec.a', 7), at('spec.b[1]', 1), at('spec.d', 3)], ['6:3', '7:13', '5:1'])
})

test('finds the place of a field, or of the innermost part of its path that is there', () => {
  const text = `${pod('a')}spec:\n  containers:\n  - name: x\n    "securityContext": {privileged: true}\n`
  const [item] = objects(text)
  assert.equal(placeOf(item, 'spec.containers[0].securityContext.privileged'), '8:25')
  assert.equal(placeOf(item, 'spec.containers[0].securityContext'), '8:5')
  assert.equal(placeOf(item, 'spec.containers[0].image'), '7:5')
  assert.equal(placeOf(item, 'spec.containers[4].image'), '6:3')
  assert.equal(placeOf(item, 'metadata.annotations["a.b/c"]'), '3:1')
  assert.equal(placeOf(item, ''), '1:1')
})

test('counts lines over CR LF, documents and a byte order mark inside the file', () => {
  const text = `${pod('a')}---\n\ufeff${pod('b')}`.replaceAll('\n', '\r\n')
  assert.deepEqual(names(text), [
    ['Pod', 'a'],
    ['Pod', 'b'],
  ])
  assert.equal(placeOf(objects(text)[1], 'metadata.name'), '9:3')
})

test('finds fields that came by an alias or a merge where they are written, or where they are merged', () => {
  const text = `${pod('a')}x: &c {privileged: true}\nspec:\n  one: *c\n  two:\n    <<: *c\n`
  const [item] = objects(text)
  assert.equal(placeOf(item, 'spec.one.privileged'), '5:8')
  assert.equal(placeOf(item, 'spec.two.privileged'), '8:3')
})

test('gives an object once for each value of a duplicate key, kubectl first, with its own places', () => {
  const text = `${pod('a')}spec:\n  hostPID: true\n  hostPID: false\n`
  assert.deepEqual(problems(text), ['error 7:3 the key "hostPID" stands twice in one mapping'])
  assert.deepEqual(
    objects(text).map((item) => [item.variant, item.variants, item.object.spec, placeOf(item, 'spec.hostPID')]),
    [
      [0, 2, { hostPID: false }, '7:3'],
      [1, 2, { hostPID: true }, '6:3'],
    ],
  )
})

test('says so when a key stands too often for all of its values to be looked at', () => {
  const text = `${pod('a')}${'spec: 1\n'.repeat(20)}`
  assert.equal(objects(text).length, 8)
  const [problem] = read(text)
  assert.match(problem?.kind === 'problem' ? problem.mend : '', /only the first 7 and the last were checked/)
})

test('takes Lists apart, typed lists with items that lack their kind, and plain lists', () => {
  assert.deepEqual(names(`apiVersion: v1\nkind: List\nitems:\n- ${pod('a').replaceAll('\n', '\n  ')}\n`), [
    ['Pod', 'a'],
  ])
  const typed = 'apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: d}\n'
  assert.deepEqual(names(typed), [['Deployment', 'd']])
  assert.equal(placeOf(objects(typed)[0], 'metadata.name'), '4:14')
  assert.equal(objects(typed)[0]?.object.apiVersion, 'apps/v1')
  assert.deepEqual(names('[{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "j"}}]'), [['Pod', 'j']])
  assert.deepEqual(problems('apiVersion: v1\nkind: List\nitems: {}\n'), [
    'error 3:1 the items of the List are not a list',
  ])
  assert.deepEqual(read('apiVersion: v1\nkind: List\nitems: []\n').length, 1)
})

test('reads JSON, pretty, with tabs, and as a stream', () => {
  const json = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }, undefined, '\t')
  assert.deepEqual(names(`${json}\n${json}`), [
    ['Pod', 'a'],
    ['Pod', 'a'],
  ])
  assert.equal(placeOf(objects(`${json}\n${json}`)[1], 'metadata.name'), '12:3')
})

test('tells of everything that is not an object of Kubernetes', () => {
  assert.deepEqual(problems('a: 1\n'), ['note 1:1 not a Kubernetes object (it has neither apiVersion nor kind)'])
  assert.deepEqual(problems('just text\n'), ['error 1:1 the document is a single value, not an object'])
  assert.deepEqual(problems('[]\n'), ['note 1:1 not a Kubernetes object (a list without any object)'])
  assert.deepEqual(problems('[1, a]\n'), ['note 1:1 not a Kubernetes object (a list without any object)'])
  assert.deepEqual(problems('apiVersion: v1\n'), ['error 1:1 the object has no kind that is a text'])
  assert.deepEqual(problems('kind: [Pod]\napiVersion: 1\n'), [
    'error 2:1 the object has no apiVersion that is a text',
    'error 1:1 the object has no kind that is a text',
  ])
})

test('tells of a file that holds nothing', () => {
  assert.deepEqual(problems(''), ['error -:- the file is empty'])
  assert.deepEqual(problems(' \n'), ['error -:- the file is empty'])
  assert.deepEqual(problems('# only\n---\n---\n'), [
    'error -:- the file holds nothing but comments and empty documents',
  ])
})

test('points to rendering where a malformed document looks like a template', () => {
  const [item] = read('{{ if .Values.on }}\nkind: Pod\n{{ end }}\n')
  assert.match(item?.kind === 'problem' ? item.mend : '', /render it first/)
})

test('never shows the text of a document that cannot be read', () => {
  const shown = JSON.stringify(read('kind: Secret\nstringData: {password: hunter2\nx: : y\n'))
  assert.doesNotMatch(shown, /hunter2/)
})
