import type { DatabaseSync } from 'node:sqlite'

/** What waits to be sent, by its key. The bodies are of the outputs, and opaque here. */
export interface DeliveryTable {
  waiting(): readonly object[]
  put(key: string, body: object): void
  remove(key: string): void
  /** Gives one up: it waits no longer, and is kept for people to look at, the last thousand. */
  bury(key: string, body: object): void
  dead(): readonly object[]
  thread(output: string, caseId: string): object | undefined
  saveThread(output: string, caseId: string, body: object): void
  budget(output: string): object | undefined
  saveBudget(output: string, body: object): void
}

const mostDead = 1000

export const deliveryTable = (database: DatabaseSync): DeliveryTable => {
  const waiting = database.prepare('SELECT body FROM deliveries ORDER BY key')
  const put = database.prepare('INSERT OR REPLACE INTO deliveries (key, body) VALUES (?, ?)')
  const drop = database.prepare('DELETE FROM deliveries WHERE key = ?')
  const bury = database.prepare('INSERT INTO dead_deliveries (body) VALUES (?)')
  const forget = database.prepare(
    'DELETE FROM dead_deliveries WHERE number <= (SELECT max(number) FROM dead_deliveries) - ?',
  )
  const dead = database.prepare('SELECT body FROM dead_deliveries ORDER BY number')
  const thread = database.prepare('SELECT body FROM delivery_threads WHERE output = ? AND case_id = ?')
  const putThread = database.prepare('INSERT OR REPLACE INTO delivery_threads (output, case_id, body) VALUES (?, ?, ?)')
  const budget = database.prepare('SELECT body FROM delivery_budgets WHERE output = ?')
  const putBudget = database.prepare('INSERT OR REPLACE INTO delivery_budgets (output, body) VALUES (?, ?)')
  const read = (row: Readonly<Record<string, unknown>>): object => JSON.parse(String(row.body))
  const one = (row: Readonly<Record<string, unknown>> | undefined): object | undefined => row && read(row)
  return {
    waiting: () => waiting.all().map(read),
    put: (key, body) => {
      put.run(key, JSON.stringify(body))
    },
    remove: (key) => {
      drop.run(key)
    },
    bury: (key, body) => {
      drop.run(key)
      bury.run(JSON.stringify(body))
      forget.run(mostDead)
    },
    dead: () => dead.all().map(read),
    thread: (output, caseId) => one(thread.get(output, caseId)),
    saveThread: (output, caseId, body) => {
      putThread.run(output, caseId, JSON.stringify(body))
    },
    budget: (output) => one(budget.get(output)),
    saveBudget: (output, body) => {
      putBudget.run(output, JSON.stringify(body))
    },
  }
}
