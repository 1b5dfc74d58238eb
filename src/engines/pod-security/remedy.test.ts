import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { evaluatePod } from './evaluate.ts'
import { remedyFor } from './remedy.ts'
import type { LevelVersion } from './version.ts'

const restricted: LevelVersion = { level: 'restricted', version: 'latest' }
const baseline: LevelVersion = { level: 'baseline', version: 'latest' }

test('brings a plain pod to restricted with one setting on the pod and two on the container', () => {
  assert.deepEqual(remedyFor(restricted, { spec: { containers: [{ name: 'a' }] } }), {
    patch: {
      spec: {
        containers: [
          {
            name: 'a',
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
        securityContext: {
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault', localhostProfile: null },
        },
      },
    },
    unmendable: [],
  })
})

test('sets nothing on a pod that is at the level', () => {
  assert.deepEqual(remedyFor(baseline, { spec: { containers: [{ name: 'a' }] } }), { patch: undefined, unmendable: [] })
})

test('says what no setting mends', () => {
  const spec = {
    containers: [{ name: 'a' }, { name: 'a', securityContext: { privileged: true } }],
    ephemeralContainers: [{ name: 'debug', securityContext: { privileged: true } }],
    volumes: [{ name: 'v', hostPath: { path: '/' } }],
  }
  assert.deepEqual(remedyFor(baseline, { spec }), {
    patch: undefined,
    unmendable: [
      {
        check: 'hostPathVolumes',
        why: 'the volume has to be replaced by one of another type',
        paths: ['spec.volumes[0].hostPath'],
      },
      {
        check: 'privileged',
        why: 'two containers have one name, which a patch cannot tell apart',
        paths: ['spec.containers[1].securityContext.privileged'],
      },
      {
        check: 'privileged',
        why: 'ephemeral containers cannot be changed: restart the pod',
        paths: ['spec.ephemeralContainers[0].securityContext.privileged'],
      },
    ],
  })
})

test('addresses each of 10,000 containers, and gives up each of as many', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    name: `c${index}`,
    securityContext: { privileged: true },
  }))
  const { patch, unmendable } = remedyFor(baseline, { spec: { containers: many, ephemeralContainers: many } })
  const spec = isObject(patch?.spec) ? patch.spec : {}
  assert.deepEqual(
    [Array.isArray(spec.containers) && spec.containers.length, unmendable.map((one) => one.paths.length)],
    [10_000, [10_000]],
  )
})

test('the patch leaves no violation but those that it names as unmendable', () => {
  fc.assert(
    fc.property(pods, fc.constantFrom(restricted, baseline), (pod, policy) => {
      const { patch, unmendable } = remedyFor(policy, pod)
      const patched = patch === undefined ? pod : strategicMerge(pod, patch)
      const left = evaluatePod(policy, patched as JsonObject)
      assert.deepEqual(left.unreadable, [])
      assert.deepEqual(
        new Set(left.violations.map((one) => one.check)),
        new Set(unmendable.map((one) => one.check)),
        JSON.stringify({ patch, patched }),
      )
    }),
    { numRuns: 500 },
  )
})

/** Enough of kubectl's strategic merge for pods: containers merge by name, ports by number, other lists are replaced. */
const strategicMerge = (target: JsonValue | undefined, patch: JsonValue): JsonValue => {
  if (!isObject(patch)) return patch
  const merged: Record<string, JsonValue> = {}
  if (isObject(target)) for (const [key, value] of Object.entries(target)) if (value !== undefined) merged[key] = value
  for (const [key, value] of Object.entries(patch)) {
    const mergeKey = key === 'ports' ? 'containerPort' : /containers$/i.test(key) ? 'name' : undefined
    if (value === null || value === undefined) delete merged[key]
    else if (mergeKey !== undefined && Array.isArray(value)) merged[key] = mergeList(merged[key], value, mergeKey)
    else merged[key] = strategicMerge(merged[key], value)
  }
  return merged
}

const mergeList = (target: JsonValue | undefined, patch: readonly JsonValue[], key: string): JsonValue => {
  const list: JsonValue[] = Array.isArray(target) ? [...target] : []
  for (const item of patch) {
    const index = list.findIndex((one) => isObject(one) && isObject(item) && one[key] === item[key])
    if (index < 0) list.push(item)
    else list[index] = strategicMerge(list[index], item)
  }
  return list
}

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null })

const commonContext = {
  runAsNonRoot: maybe(fc.boolean()),
  runAsUser: maybe(fc.constantFrom(0, 1000)),
  seccompProfile: maybe(fc.record({ type: fc.constantFrom('Unconfined', 'RuntimeDefault', '') })),
  appArmorProfile: maybe(fc.record({ type: fc.constantFrom('Unconfined', 'Localhost') })),
  seLinuxOptions: maybe(
    fc.record({ type: fc.constantFrom('', 'spc_t'), user: fc.constantFrom('', 'u'), role: fc.constant('') }),
  ),
  windowsOptions: maybe(fc.record({ hostProcess: maybe(fc.boolean()) })),
}

const containerContext = fc.record({
  ...commonContext,
  privileged: maybe(fc.boolean()),
  allowPrivilegeEscalation: maybe(fc.boolean()),
  procMount: maybe(fc.constantFrom('Default', 'Unmasked', '')),
  capabilities: maybe(
    fc.record({
      add: fc.subarray(['NET_BIND_SERVICE', 'CHOWN', 'SYS_ADMIN']),
      drop: fc.subarray(['ALL', 'KILL']),
    }),
  ),
})

const containers = (prefix: string) =>
  fc
    .array(
      fc.record({
        securityContext: maybe(containerContext),
        ports: fc.subarray([
          { containerPort: 80, hostPort: 80 },
          { containerPort: 81, hostPort: 0 },
          { containerPort: 80 },
        ]),
        livenessProbe: maybe(fc.record({ httpGet: fc.record({ host: fc.constantFrom('', '1.2.3.4') }) })),
      }),
      { maxLength: 3 },
    )
    .map((all) => all.map((one, index) => ({ name: `${prefix}${index}`, ...one })))

const pods = fc.record({
  metadata: fc.record({
    annotations: fc.dictionary(
      fc.constantFrom('container.apparmor.security.beta.kubernetes.io/c0', 'other'),
      fc.constantFrom('unconfined', 'runtime/default'),
    ),
  }),
  spec: fc.record({
    hostNetwork: maybe(fc.boolean()),
    hostPID: maybe(fc.boolean()),
    hostUsers: maybe(fc.boolean()),
    securityContext: maybe(
      fc.record({
        ...commonContext,
        sysctls: fc.subarray([
          { name: 'kernel.msgmax', value: '1' },
          { name: 'net.ipv4.tcp_syncookies', value: '1' },
        ]),
      }),
    ),
    initContainers: containers('i'),
    containers: containers('c'),
    ephemeralContainers: containers('e'),
    volumes: fc.subarray([
      { name: 'h', hostPath: { path: '/' } },
      { name: 'n', nfs: {} },
      { name: 'e', emptyDir: {} },
    ]),
  }),
})
