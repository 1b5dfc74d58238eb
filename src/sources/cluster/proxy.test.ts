import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyFor } from './proxy.ts'

const env = (NO_PROXY: string) => ({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY })

const cases: readonly [server: string, noProxy: string, proxied: boolean][] = [
  ['https://api.example.com', '', true],
  ['https://api.example.com', '*', false],
  ['https://api.example.com', 'example.com', false],
  ['https://api.example.com', '.example.com', false],
  ['https://example.com', '.example.com', true],
  ['https://example.com', 'example.com', false],
  ['https://badexample.com', 'example.com', true],
  ['https://api.example.com:6443', 'api.example.com:6443', false],
  ['https://api.example.com:6443', 'api.example.com:443', true],
  ['https://10.96.0.1', '10.0.0.0/8,192.168.0.0/16', false],
  ['https://11.96.0.1', '10.0.0.0/8', true],
  ['https://10.96.0.1', '10.96.0.1', false],
  ['https://10.96.0.1', '10.0.0.0/99', true],
  ['https://[fd00::1]:6443', 'fd00::/8', false],
  ['https://[fd00::1]:6443', 'fd00::1', false],
  ['https://127.0.0.1:6443', '', false],
  ['https://localhost:6443', '', false],
  ['https://[::1]:6443', '', false],
  ['http://api.example.com', '', false],
]

for (const [server, noProxy, proxied] of cases) {
  test(`${server} with NO_PROXY="${noProxy}" ${proxied ? 'goes' : 'does not go'} through the proxy`, () => {
    assert.equal(proxyFor(new URL(server), undefined, env(noProxy)), proxied ? 'http://proxy:3128' : undefined)
  })
}

test('goes through the proxy of the kubeconfig whatever the environment says', () => {
  assert.equal(proxyFor(new URL('https://10.0.0.1'), 'socks5://bastion', env('*')), 'socks5://bastion')
})

test('reads the small spelling, and a proxy without a scheme', () => {
  assert.equal(proxyFor(new URL('https://a.example'), undefined, { https_proxy: 'p:80' }), 'http://p:80')
})
