import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { sensorConfig } from './sensor-config.ts'

const token = 'a'.repeat(48)
const at = (url: string) => ({ url, token })

test("Falco's configuration has the token in the address, and tells drops", () => {
  const config: unknown = parse(sensorConfig('falco', at('https://bulwark:7302/falco')))
  assert.deepEqual(config, {
    json_output: true,
    json_include_output_property: true,
    json_include_output_fields_property: true,
    json_include_tags_property: true,
    http_output: { enabled: true, url: `https://bulwark:7302/falco/${token}`, keep_alive: true },
    metrics: { enabled: true, interval: '1m', output_rule: true, kernel_event_counters_enabled: true },
  })
})

test("falcosidekick's configuration has the token in a header", () => {
  const config: unknown = parse(sensorConfig('falcosidekick', at('https://bulwark:7302/falco')))
  assert.deepEqual(config, {
    webhook: {
      address: 'https://bulwark:7302/falco',
      method: 'POST',
      customHeaders: { Authorization: `Bearer ${token}` },
      minimumpriority: '',
    },
  })
})

test('Fluent Bit is told host, port and path apart, Vector the whole address', () => {
  const config = sensorConfig('tetragon', at('http://127.0.0.1:7303/tetragon'))
  for (const line of [
    /^ {4}Host +127\.0\.0\.1$/m,
    /^ {4}Port +7303$/m,
    /^ {4}URI +\/tetragon$/m,
    new RegExp(`^ {4}Header +Authorization Bearer ${token}$`, 'm'),
    /^ {4}tls +Off$/m,
  ]) {
    assert.match(config, line)
  }
  const commented = config.slice(config.indexOf('# sources:')).replaceAll(/^# ?/gm, '')
  const vector = parse(commented)
  assert.equal(vector.sinks.bulwark.uri, 'http://127.0.0.1:7303/tetragon')
  assert.equal(vector.sinks.bulwark.auth.token, token)
  assert.match(sensorConfig('tetragon', at('https://bulwark/tetragon')), /Port +443\n[\s\S]*tls +On/)
})
