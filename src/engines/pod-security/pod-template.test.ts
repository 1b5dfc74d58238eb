import assert from 'node:assert/strict'
import test from 'node:test'
import { embeddedPodTemplates, pathInObject, podTemplateOf } from './pod-template.ts'

const spec = { containers: [{ name: 'a', image: 'x' }] }
const metadata = { name: 'm' }
const template = { metadata, spec }

const kinds: readonly (readonly [string, string, object, string])[] = [
  ['v1', 'Pod', { metadata, spec }, 'spec'],
  ['v1', 'PodTemplate', { template }, 'template.spec'],
  ['v1', 'ReplicationController', { spec: { template } }, 'spec.template.spec'],
  ['apps/v1', 'Deployment', { spec: { template } }, 'spec.template.spec'],
  ['apps/v1beta1', 'StatefulSet', { spec: { template } }, 'spec.template.spec'],
  ['batch/v1', 'CronJob', { spec: { jobTemplate: { spec: { template } } } }, 'spec.jobTemplate.spec.template.spec'],
]
for (const [apiVersion, kind, body, specPath] of kinds) {
  test(`finds the pod of a ${kind} of ${apiVersion} at ${specPath}`, () => {
    assert.deepEqual(podTemplateOf({ apiVersion, kind, ...body }), {
      specPath,
      metadataPath: specPath.replace(/spec$/, 'metadata'),
      kind: kind === 'Pod' ? 'Pod' : 'template',
      metadata,
      spec,
    })
  })
}

test('finds no pod in other kinds, and not in a kind of the same name of another group', () => {
  assert.equal(podTemplateOf({ apiVersion: 'v1', kind: 'ConfigMap' }), undefined)
  assert.equal(podTemplateOf({ apiVersion: 'example.com/v1', kind: 'Deployment', spec: { template } }), undefined)
  assert.equal(podTemplateOf({}), undefined)
})

test('a controller without a template, or with nonsense in its place, has a pod of which nothing is known', () => {
  for (const body of [{}, { spec: null }, { spec: { template: [] } }, { spec: 'x' }]) {
    const found = podTemplateOf({ apiVersion: 'apps/v1', kind: 'Deployment', ...body })
    assert.deepEqual([found?.metadata, found?.spec], [undefined, undefined])
  }
})

test('finds pod specs in a custom resource wherever they stand, with the metadata beside them', () => {
  const object = {
    apiVersion: 'example.com/v1',
    kind: 'Cluster',
    metadata: { name: 'c' },
    spec: {
      containers: ['not', 'a', 'pod'],
      podTemplate: template,
      groups: [{ 'a.b/c': { containers: { main: { image: 'x' } } } }],
    },
  }
  const { templates, complete } = embeddedPodTemplates(object)
  assert.equal(complete, true)
  assert.deepEqual(
    templates.map((one) => [one.specPath, one.metadataPath, one.metadata]),
    [
      ['spec.podTemplate.spec', 'spec.podTemplate.metadata', metadata],
      ['spec.groups[0]["a.b/c"]', 'spec.groups[0]["a.b/c"]', undefined],
    ],
  )
})

test('a custom resource whose spec is a pod spec does not lend it its own metadata', () => {
  const { templates } = embeddedPodTemplates({ apiVersion: 'e/v1', kind: 'Runner', metadata, spec })
  assert.deepEqual(templates, [{ specPath: 'spec', metadataPath: 'spec', kind: 'template', metadata: undefined, spec }])
})

test('gives up on an object that is too large to search, and says so', () => {
  const shared = Array.from({ length: 1100 }, () => ({}))
  const { complete } = embeddedPodTemplates({ all: Array.from({ length: 1100 }, () => shared) })
  assert.equal(complete, false)
})

test('turns a path of the pod into one of the object around it', () => {
  const found = podTemplateOf({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template } })
  assert.ok(found)
  assert.equal(pathInObject(found, 'spec.containers[0].name'), 'spec.template.spec.containers[0].name')
  assert.equal(pathInObject(found, 'metadata.annotations["a"]'), 'spec.template.metadata.annotations["a"]')
})
