import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestInfo } from './request-info.ts'

const read = (method: string, uri: string): string => {
  const result = requestInfo(method, uri)
  if (result.kind === 'error') return result.what
  const { verb, apiGroup, namespace, resource, subresource, name, path, isResourceRequest } = result.info
  return isResourceRequest ? [verb, apiGroup, namespace, resource, subresource, name].join('|') : `${verb} ${path}`
}

const lines: readonly (readonly [string, string, string])[] = [
  ['GET', '/api/v1/namespaces/shop/pods', 'list||shop|pods||'],
  ['GET', '/api/v1/namespaces/shop/pods?watch=1', 'watch||shop|pods||'],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dweb', 'list|||pods||web'],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dweb&labelSelector=a%20in%20(', 'list|||pods||'],
  ['GET', '/api/v1/pods?watch=true&limit=many', 'watch|||pods||'],
  ['DELETE', '/apis/apps/v1/namespaces/shop/deployments', 'deletecollection|apps|shop|deployments||'],
  ['POST', '/api/v1/namespaces/shop/pods/web/exec?command=sh', 'create||shop|pods|exec|web'],
  ['PUT', '/api/v1/namespaces/shop/finalize', 'update||shop|namespaces|finalize|shop'],
  ['GET', '/healthz?verbose', 'get /healthz'],
  ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
  ['GET', '/api/v1/watch', 'unable to determine kind and namespace from url, /api/v1/watch'],
  ['GET', '/api/v1/namespaces/%E2%82%AC%FF%C3%A9/pods', 'list||€\uFFFDé|pods||'],
  ['GET', '/caf%C3%A9%E2%82', 'get /café\uFFFD\uFFFD'],
  ['GET', '/api/v1/pods/%zz', 'invalid URL escape or control character in "/api/v1/pods/%zz"'],
  ['GET', '/api/v1/pods?watch=%zz', 'list|||pods||'],
  ['GET', '/api/v1/pods?watch=\u0001', 'invalid URL escape or control character in "/api/v1/pods?watch=\\u0001"'],
  ['BREW', '/api/v1/pods/constructor', '|||pods||constructor'],
]

test('a path of many slashes costs no more than its length', () => {
  assert.equal(read('GET', `/api/v1${'/'.repeat(1_000_000)}pods`), 'list|||||')
})

for (const [method, uri, expected] of lines) {
  test(`${method} ${uri} means ${expected}`, () => assert.equal(read(method, uri), expected))
}
