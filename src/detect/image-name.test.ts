import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageNameOf } from './image-name.ts'

for (const [image, expected] of [
  ['nginx', ['docker.io', 'docker.io/library/nginx']],
  ['nginx:1.29', ['docker.io', 'docker.io/library/nginx']],
  ['acme/shop:1', ['docker.io', 'docker.io/acme/shop']],
  ['docker.io/library/nginx:1.29', ['docker.io', 'docker.io/library/nginx']],
  ['index.docker.io/acme/shop', ['docker.io', 'docker.io/acme/shop']],
  ['registry.example:5000/shop/web', ['registry.example:5000', 'registry.example:5000/shop/web']],
  ['localhost/web:1', ['localhost', 'localhost/web']],
  ['Quay.io/a/b@sha256:0123', ['quay.io', 'quay.io/a/b']],
  ['[2001:db8::1]:5000/web', ['[2001:db8::1]:5000', '[2001:db8::1]:5000/web']],
  ['', undefined],
  [`sha256:${'a'.repeat(64)}`, undefined],
  ['a'.repeat(64), undefined],
] as const) {
  test(`"${image.slice(0, 40)}" is of ${expected?.[0] ?? 'no registry'}`, () => {
    const name = imageNameOf(image)
    assert.deepEqual(name && [name.registry, name.repository], expected)
  })
}
