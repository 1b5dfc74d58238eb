import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createReachability,
  formatTraffic,
  type PolicyProblem,
  readWorld,
} from '../../../src/engines/network-policy/index.ts'
import { isObject, type JsonObject } from '../../../src/model/json.ts'
import { manifestsOf } from '../manifests.ts'
import type { CaseResult, Suite } from '../suite.ts'

/**
 * Linkerd's own policies: every document of every file is read, without a problem that upstream's objects do not have,
 * and those of emojivoto let in whom their comments say. Templates of Helm are filled with the values of an installation.
 */
export const suite: Suite = {
  name: 'linkerd-policy',
  *run({ dir }) {
    const files = globSync('**/*.{yaml,yml}', { cwd: dir }).sort()
    const read = (file: string): readonly JsonObject[] => manifestsOf(filled(readFileSync(join(dir, file), 'utf8')))
    const chart = files.filter((file) => file.startsWith('viz/') || file.startsWith('grafana/')).flatMap(read)
    for (const file of files) {
      const kinds = [...readFileSync(join(dir, file), 'utf8').matchAll(/^kind: *(\S+)/gm)].map(([, kind = '']) => kind)
      const objects = read(file)
      // A policy of the extension refers to its other files.
      const world = readWorld(file.startsWith('viz/') || file.startsWith('grafana/') ? chart : objects)
      const own = new Set(objects.map((object) => nameIn(object)))
      const problems = world.problems.filter(({ ref }) => own.has(ref.name)).map(problemText)
      const got = [...objects.map(({ kind }) => String(kind)), ...problems]
      yield { name: file, ok: kinds.length > 0 && got.join() === kinds.join(), expected: kinds, got }
    }
    const emojivoto = 'test/integration/viz/policy/testdata'
    yield* emojivotoCases([...read(`${emojivoto}/emojivoto.yaml`), ...read(`${emojivoto}/emoji-policy.yaml`)])
  },
}

/** What the test data is filled with before it is applied. */
const filled = (text: string): string =>
  text
    .replaceAll(/^\s*\{\{-?[^}]*\}\}(?:\{\{-?[^}]*\}\})*\s*$/gm, '')
    .replaceAll(/^\s*\{\{-? *with.*$/gm, '')
    .replaceAll(/\{\{ *\.Release\.Namespace *\}\}/g, 'linkerd-viz')
    .replaceAll(/\{\{[^}]*\}\}/g, 'value')
    .replaceAll('{IPv6}', 'fd00::1')

const nameIn = ({ metadata }: JsonObject): string => String(isObject(metadata) ? metadata.name : '')
const problemText = ({ ref, path, what }: PolicyProblem): string => `${ref.kind} ${ref.name}: ${path} ${what}`

/** The authenticated reach emoji, only web reaches voting, everybody reaches web. */
const emojivotoCases = function* (objects: readonly JsonObject[]): Generator<CaseResult> {
  const inside = 'linkerd-stat-authz-test'
  const placed = objects.map(
    (object): JsonObject => ({
      ...object,
      metadata: { ...(isObject(object.metadata) ? object.metadata : {}), namespace: inside },
    }),
  )
  const pod = (name: string, app: string, port: string, number: number, mesh = true, at = inside): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: at, labels: { app }, annotations: mesh ? { 'linkerd.io/inject': 'enabled' } : {} },
    spec: { serviceAccountName: name, containers: [{ ports: [{ name: port, containerPort: number }] }] },
    status: {},
  })
  const pods = [
    pod('emoji', 'emoji-svc', 'grpc', 8080),
    pod('voting', 'voting-svc', 'grpc', 8080),
    pod('web', 'web-svc', 'http', 80),
    pod('vote-bot', 'vote-bot', 'none', 1),
    pod('plain', 'plain', 'none', 1, false),
    pod('elsewhere', 'elsewhere', 'none', 1, true, 'other'),
  ]
  const reachability = createReachability(readWorld([...placed.filter(({ kind }) => kind !== 'Pod'), ...pods]))
  const clients = ['web', 'vote-bot', 'plain', 'elsewhere']
  const cases = { emoji: ['web', 'vote-bot'], voting: ['web'], web: ['vote-bot', 'plain', 'elsewhere'] }
  for (const [server, expected] of Object.entries(cases)) {
    const port = server === 'web' ? 80 : 8080
    const got = clients.filter((client) => {
      const from = `${client === 'elsewhere' ? 'other' : inside}/${client}`
      const passage = reachability.betweenPods(from, `${inside}/${server}`)
      const open = passage === undefined ? 'none' : formatTraffic({ ...passage.allowed, UDP: [], SCTP: [], other: [] })
      return client !== server && !closes(open, port)
    })
    yield { name: `emojivoto: who reaches ${server}`, ok: got.join() === expected.join(), expected, got }
  }
}

/** `TCP 1-79,81-65535` lacks 80. */
const closes = (open: string, port: number): boolean => open === `TCP 1-${port - 1},${port + 1}-65535`
