import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redactText } from './redact-text.ts'

// One for each form that the first look has to let through, behind texts with the same pairs of characters.
const secrets: readonly (readonly [before: string, secret: string])[] = [
  ['', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'],
  ['', Buffer.from('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl').toString('base64')],
  ['', '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----'],
  ['', Buffer.from('-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA').toString('base64')],
  ['', 'AKIAIOSFODNN7EXAMPLE'],
  ['', 'ASIAIOSFODNN7EXAMPLE'],
  ['https://user:', 'hunter2hunter2@'],
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-', 'xoxb-', 'AIza', 'sk_live_', 'npm_'].map(
    (issuer) =>
      ['', `${issuer}${'0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, issuer === 'AIza' ? 35 : 36)}`] as const,
  ),
  ['', 'dckr_pat_0123456789abcdefghij'],
  ['', 'hvs.0123456789abcdefghij'],
  ...['bearer ', 'Bearer ', 'BEARER ', 'basic ', 'Basic ', 'BASIC '].map(
    (scheme) => [scheme, '0123456789abcdefghij'] as const,
  ),
  ...['password', 'PASSWORD', 'passwd', 'passphrase', 'pwd', 'PWD', 'token', 'TOKEN', 'secret', 'SECRET'].map(
    (name) => [`${name}=`, 'hunter2hunter2'] as const,
  ),
  ...['api_key', 'API_KEY', 'accessKey', 'private-key', 'credentials', 'CREDENTIALS', 'Credential'].map(
    (name) => [`${name}=`, 'hunter2hunter2'] as const,
  ),
]

test('a secret is found however many places that look like one stand before it, and wherever it stands', () => {
  for (const [before, secret] of secrets) {
    for (const decoys of [0, 1, 3, 4, 5, 40]) {
      for (const gap of [0, 1, 13, 14, 15, 16, 17, 40]) {
        const text = `${'to User: '.repeat(decoys)}${'.'.repeat(gap)} ${before}${secret}`
        const clean = redactText(text, () => '[masked]')
        assert.ok(clean.includes('[masked]') && !clean.includes(secret), text)
        assert.ok(redactText(`${text} and more`, () => '[masked]').includes('[masked]'), text)
      }
    }
  }
})

test('a text without secrets is the very same string', () => {
  for (const decoys of [0, 1, 3, 4, 5, 40]) {
    const text = `${'to User "system:node" for a key://'.repeat(decoys)} of the order`
    assert.equal(
      redactText(text, () => '[masked]'),
      text,
    )
  }
})
