import { setTimeout as wait } from 'node:timers/promises'
import type { BacktestBody, BacktestStatus } from '../../api/contract/detection.ts'
import { BulwarkError } from '../../model/error.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { Client } from '../client.ts'

const lookMillis = 200

/** Runs a back-test on a server and resolves when it is over. An interrupt (Ctrl-C) cancels it there. */
export const askServer = async (
  client: Client,
  body: BacktestBody,
  tell: (ask: () => BacktestStatus) => void,
): Promise<BacktestStatus> => {
  const request: JsonValue =
    body.kind === 'rule'
      ? { ...body }
      : { ...body, suppression: { ...body.suppression, rules: [...body.suppression.rules] } }
  let status = statusIn(await client.post('/api/v1/backtests', request))
  const path = `/api/v1/backtests/${encodeURIComponent(status.id)}`
  const cancel = (): void => void client.post(`${path}/cancel`).catch(() => undefined)
  process.once('SIGINT', cancel)
  try {
    while (status.state === 'running') {
      tell(() => status)
      await wait(lookMillis)
      status = statusIn(await client.get(path))
    }
    return status
  } finally {
    process.removeListener('SIGINT', cancel)
  }
}

/** The server is ours; one of another version may answer otherwise. */
const statusIn = (answer: JsonValue): BacktestStatus => {
  if (isStatus(answer)) return { ...answer, error: answer.error }
  throw new BulwarkError('STORE_QUERY_FAILED', {
    what: 'the server told of the back-test in words that are not understood',
    mend: 'Use the same version of Bulwark for both',
  })
}

const isStatus = (value: JsonValue): value is JsonObject & BacktestStatus =>
  isObject(value) &&
  ['id', 'state', 'from', 'to'].every((key) => typeof value[key] === 'string') &&
  ['scanned', 'toScan', 'before', 'after'].every((key) => typeof value[key] === 'number') &&
  ['read', 'byDay', 'byPrincipal', 'samples', 'gaps', 'unexercised'].every((key) => Array.isArray(value[key]))
