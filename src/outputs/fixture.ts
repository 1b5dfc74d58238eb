import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Case } from '../model/case.ts'
import { allowed } from './destination.ts'
import type { Notice, Thread } from './output.ts'
import type { Budget, Dead, DeliveryDesk, Waiting } from './queue.ts'

/** A case as the case book makes them, for tests of outputs. */
export const sampleCase = (more: Partial<Case> = {}): Case => ({
  id: 'c7f3k2',
  cluster: 'shop',
  title: 'ci/deployer, from 198.51.100.23, read every Secret & made itself <cluster-admin>',
  severity: 'high',
  severityReasons: [{ text: 'its gravest step', steps: 0 }],
  state: 'open',
  owner: '',
  snoozedUntil: undefined,
  closingReason: undefined,
  note: '',
  firstTime: '2026-11-23T17:00:00.000000Z',
  lastTime: '2026-11-23T17:05:00.000000Z',
  changedAt: '2026-11-23T17:05:01.000000Z',
  detections: 157,
  rules: [
    {
      rule: 'r1',
      title: 'Secrets listed',
      severity: 'high',
      detections: 2,
      firstTime: '2026-11-23T17:00:00.000000Z',
      lastTime: '2026-11-23T17:05:00.000000Z',
    },
  ],
  techniques: ['T1552.007'],
  entities: [],
  namespaces: ['payments'],
  mergedInto: undefined,
  ...more,
})

export const noticeOf = (event: 'opened' | 'changed' | 'closed', more: Partial<Case> = {}): Notice => ({
  kind: 'case',
  event,
  case: sampleCase(more),
  link: 'http://127.0.0.1:7300/cases/c7f3k2',
  isTest: false,
})

export const digest: Notice = {
  kind: 'digest',
  from: '2026-11-23T17:00:00.000Z',
  to: '2026-11-23T18:00:00.000Z',
  cases: [{ case: sampleCase(), link: 'http://127.0.0.1:7300/cases/c7f3k2' }],
  more: 4,
}

/** The only host that a test sends to. */
export const localhost = allowed(['localhost'])

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An HTTP server that keeps what it gets and answers as it is told. */
export const receiver = async (
  answer: (request: Received, response: ServerResponse, count: number) => void = (_, response) => response.end('ok'),
) => {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') }
      received.push(one)
      answer(one, response, received.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A desk that lives in memory. */
export const memoryDesk = (): DeliveryDesk => {
  const waiting = new Map<string, Waiting>()
  const dead: Dead[] = []
  const threads = new Map<string, Thread>()
  const budgets = new Map<string, Budget>()
  return {
    waiting: () => [...waiting.values()],
    put: (item) => waiting.set(item.key, item),
    remove: (key) => waiting.delete(key),
    bury: (item) => {
      waiting.delete(item.key)
      dead.push(item)
    },
    dead: () => dead,
    thread: (output, caseId) => threads.get(`${output}/${caseId}`),
    saveThread: (output, caseId, thread) => threads.set(`${output}/${caseId}`, thread),
    budget: (output) => budgets.get(output),
    saveBudget: (output, budget) => budgets.set(output, budget),
  }
}
