import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { audit, start } from '../../src/detect/fixture.ts'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import type { AuditRecord } from '../../src/model/record.ts'
import { freePorts } from '../cluster/ports.ts'
import { bulwark, eventually, type Home, makeHome, type Running, type Served } from './process.ts'

const token = 'ab'.repeat(24)

/** A server of a cluster that does not answer: only its audit log comes. */
export interface AuditSite extends Disposable {
  readonly home: Home
  /** The data directory. */
  readonly data: string
  serve(env?: Readonly<Record<string, string>>): Running
  /** Sends events in one batch as the API server does: the same again until it is acknowledged. */
  send(events: readonly JsonObject[]): Promise<void>
}

/** `args` are told the folder of the home, into which a test has put its files by then. */
export const auditSite = async (
  args: (dir: string) => readonly string[] | Promise<readonly string[]>,
): Promise<AuditSite> => {
  const home = makeHome()
  const data = join(home.dir, 'record')
  const [port = 0] = await freePorts(1)
  mkdirSync(join(home.dir, '.kube'))
  const kubeconfig = {
    'current-context': 'none',
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
    clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'none', user: {} }],
  }
  writeFileSync(join(home.dir, '.kube', 'config'), JSON.stringify(kubeconfig))
  mkdirSync(data)
  writeFileSync(join(data, 'audit-webhook-token'), token, { mode: 0o600 })
  const own = ['serve', '--data-dir', data, '--audit-listen', `127.0.0.1:${port}`, '--port', '0']
  const all = [...own, ...(await args(home.dir))]
  return {
    home,
    data,
    serve: (env) => bulwark(home, all, env),
    send: async (events) => {
      const body = JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items: events })
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      for (;;) {
        const answer = await fetch(`http://127.0.0.1:${port}/audit`, { method: 'POST', headers, body }).catch(
          () => undefined,
        )
        await answer?.arrayBuffer().catch(() => undefined)
        if (answer?.status === 200) return
        await wait(50)
      }
    },
    [Symbol.dispose]: () => home[Symbol.dispose](),
  }
}

/** An event of right now, unlike any other of this run; see `audit` of the fixture for what it holds. */
export const eventNow = (number: number, more: Parameters<typeof audit>[1] = {}): JsonObject => {
  const second = Math.round((Date.now() - start / 1000) / 1000)
  const auditId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
  return audit(second, { auditId, ...more }).event
}

/** What an audit event of a read of a Secret differs in. */
export const readOf = (user: string, name: string, sourceIp: string): Partial<AuditRecord> => ({
  user,
  sourceIps: [sourceIp],
  target: { group: '', version: 'v1', resource: 'secrets', subresource: '', namespace: 'shop', name },
})

/** Sends a body to the API, as the page does, and reads the answer. */
export const ask = async (
  server: Served,
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: object,
): Promise<{ readonly status: number; readonly body: JsonObject }> => {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  const answer = await fetch(server.url + path, { method, headers, body: JSON.stringify(body) })
  const said: unknown = await answer.json()
  return { status: answer.status, body: isObject(said) ? said : {} }
}

/** A figure of detection, from the metrics. */
export const figureOf = async (server: Served, name: string): Promise<number> => {
  const headers = { authorization: `Bearer ${server.token}` }
  const text = await (await fetch(`${server.url}/metrics`, { headers })).text()
  return Number(new RegExp(`^bulwark_detection\\{figure="${name}"\\} (.*)$`, 'm').exec(text)?.[1])
}

/** Resolves when detection has seen all that was acknowledged. */
export const caughtUp = async (server: Served): Promise<void> => {
  await eventually(
    () => figureOf(server, 'entries_behind'),
    (behind) => behind === 0,
  )
}

/** The objects of a list in an answer. */
export const itemsOf = (answer: JsonObject, member = 'items'): readonly JsonObject[] => {
  const list = answer[member]
  return Array.isArray(list) ? list.filter(isObject) : []
}
