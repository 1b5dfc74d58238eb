import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alert } from './fixture.ts'
import { runtimeView } from './runtime-view.ts'

const process = { binary: '/usr/bin/curl', arguments: '-k https://10.96.0.1', pid: 7, user: 'root', parentBinary: 'sh' }

const subject = {
  namespace: 'shop',
  pod: 'web-1',
  workload: 'Deployment/web',
  serviceAccount: 'system:serviceaccount:shop:web',
  node: 'node-9',
  container: 'main',
  image: 'registry.example/shop/web:2',
}

test('an alert of Falco has the names of Sigma, and what the state knows where the sensor does not', () => {
  const fields = {
    'evt.type': 'execve',
    'proc.pcmdline': 'sh -c x',
    'proc.ppid': 3,
    'proc.cwd': '/srv/',
    'fd.name': '10.0.0.1:40000->10.96.0.1:443',
    'fd.rip': '10.96.0.1',
    'fd.rport': 443,
  }
  const record = alert(1, { process, image: '', node: '', event: { output_fields: fields } })
  assert.deepEqual(runtimeView(record, subject), {
    Image: '/usr/bin/curl',
    CommandLine: '/usr/bin/curl -k https://10.96.0.1',
    ProcessId: 7,
    User: 'root',
    ParentImage: 'sh',
    ParentCommandLine: 'sh -c x',
    ParentProcessId: 3,
    CurrentDirectory: '/srv/',
    DestinationIp: '10.96.0.1',
    DestinationPort: 443,
    namespace: 'shop',
    pod: 'web-1',
    container: 'web',
    image: 'registry.example/shop/web:2',
    imageRepository: 'registry.example/shop/web',
    imageRegistry: 'registry.example',
    node: 'node-9',
    workload: 'Deployment/web',
    serviceAccount: 'system:serviceaccount:shop:web',
    sensor: 'falco',
    type: 'execve',
    rule: 'Terminal shell in container',
    priority: 'Notice',
    tags: ['T1059'],
    message: 'A shell was spawned in web-1',
  })
})

test('an event of Tetragon has the file or the address of its call', () => {
  const call = (args: readonly { readonly [key: string]: unknown }[]) =>
    runtimeView(
      alert(1, {
        sensor: 'tetragon',
        priority: undefined,
        type: 'process_kprobe',
        event: JSON.parse(
          JSON.stringify({ process_kprobe: { function_name: 'fd_install', policy_name: 'files', args } }),
        ),
      }),
      undefined,
    )
  const file = call([{ int_arg: 3 }, { file_arg: { path: '/etc/shadow' } }])
  assert.deepEqual(
    [file.TargetFilename, file.rule, file.function, file.type, file.workload],
    ['/etc/shadow', 'files', 'fd_install', 'process_kprobe', undefined],
  )
  assert.equal(call([{ string_arg: '/etc/passwd' }]).TargetFilename, '/etc/passwd')
  assert.equal(call([{ string_arg: 'no path' }]).TargetFilename, undefined)
  const socket = call([{ sock_arg: { daddr: '192.0.2.1', dport: 4444 } }])
  assert.deepEqual([socket.DestinationIp, socket.DestinationPort], ['192.0.2.1', 4444])
})

test('fields of wrong types, and what Falco does not know, are left out', () => {
  const fields = { 'evt.type': null, 'proc.ppid': 'x', 'proc.cwd': '<NA>', 'fd.name': {}, 'fd.rport': '443' }
  const view = runtimeView(alert(1, { image: '', event: { output_fields: fields } }), undefined)
  assert.deepEqual(
    Object.keys(view).sort(),
    [
      'DestinationPort',
      'container',
      'message',
      'namespace',
      'node',
      'pod',
      'priority',
      'rule',
      'sensor',
      'tags',
    ].sort(),
  )
  for (const event of [{}, { output_fields: [] }, { output_fields: 7 }])
    assert.equal(runtimeView(alert(1, { event }), undefined).rule, 'Terminal shell in container')
})
