import { Command, Option } from 'commander'
import type { EventRow } from '../model/answer.ts'
import { isObject, type JsonValue } from '../model/json.ts'
import { type Client, clientFor, type ServerChoice } from './client.ts'
import { momentOf } from './moment.ts'
import { withServerOptions } from './server-options.ts'
import { tableLines } from './table.ts'

interface QueryOptions extends ServerChoice {
  readonly since?: string
  readonly until?: string
  readonly limit: string
  readonly output: 'table' | 'jsonl' | 'csv'
}

const examples = `
Examples:
  $ bulwark query 'verb:delete -user:system:*' --since 1h
  $ bulwark query 'resource:secrets code:403' --output jsonl | jq .user
  $ bulwark query 'ns:payments user:alice' --since 2026-11-23T14:00:00Z --until 2026-11-23T15:00:00Z
  $ bulwark query 'decision:forbid' --output csv --limit 100000 > forbidden.csv

A query is words and field:value terms, all of which must hold; OR, NOT (or -), parentheses, * and "quotes" work.
Fields: kind source cluster user impersonated group verb resource subresource ns name code decision reason level stage
ip agent uri node container image process id. Numbers compare: code>=400.`

/** `bulwark query TEXT`: events of the record, newest first. */
export const queryCommand = (): Command =>
  withServerOptions(
    new Command('query')
      .description('search the events of a running server, newest first')
      .argument('[text]', 'the query; empty for all events', '')
      .option('--since <moment>', 'from then on: 10m, 2h, 7d ago, or RFC 3339')
      .option('--until <moment>', 'up to then')
      .option('-n, --limit <rows>', 'at most so many rows', '100')
      .addOption(
        new Option('-o, --output <format>', 'how to print').choices(['table', 'jsonl', 'csv']).default('table'),
      )
      .addHelpText('after', examples),
  ).action(async (text: string, options: QueryOptions) => {
    const client = clientFor(options, process.env)
    const range = {
      q: text,
      from: options.since === undefined ? undefined : momentOf('since', options.since, Date.now()),
      to: options.until === undefined ? undefined : momentOf('until', options.until, Date.now()),
    }
    if (options.output === 'table') await printTable(client, range, Number(options.limit))
    else await printFile(client, { ...range, format: options.output, limit: options.limit })
  })

type Range = Readonly<Record<'q' | 'from' | 'to', string | undefined>>

/** The server's own export, as it comes. */
const printFile = async (client: Client, query: Readonly<Record<string, string | undefined>>): Promise<void> => {
  const response = await client.open('/api/v1/events/export', query)
  for await (const chunk of response.body ?? []) {
    if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
}

const printTable = async (client: Client, range: Range, limit: number): Promise<void> => {
  const rows: EventRow[] = []
  let cursor: string | undefined
  let honesty = ''
  do {
    const page = await client.get('/api/v1/events', {
      ...range,
      cursor,
      limit: String(Math.min(1000, limit - rows.length)),
    })
    const { items, next, searched } = pageOf(page)
    rows.push(...items)
    cursor = next
    honesty = searched
  } while (cursor !== undefined && rows.length < limit)
  const columns = [{ title: 'time' }, { title: 'user' }, { title: 'code', right: true }, { title: 'what' }]
  const cells = rows.map((row) => [
    row.time.slice(0, 23).replace('T', ' '),
    row.user,
    row.code === 0 ? '' : String(row.code),
    row.summary,
  ])
  if (rows.length > 0) console.log(tableLines(columns, cells).join('\n'))
  process.stderr.write(
    `${rows.length === 0 ? 'nothing matches; ' : ''}${honesty}${cursor === undefined ? '' : '; there is more (--limit)'}\n`,
  )
}

/** The parts of an EventPage that are printed. The server is ours; a row of another version shows what it has. */
const pageOf = (page: JsonValue): { items: readonly EventRow[]; next: string | undefined; searched: string } => {
  const answer = isObject(page) ? page : {}
  const searched = isObject(answer.searched) ? answer.searched : {}
  const gaps = Array.isArray(searched.gaps) ? searched.gaps.length : 0
  return {
    items: Array.isArray(answer.items) ? answer.items.filter(isEventRow) : [],
    next: typeof answer.nextCursor === 'string' ? answer.nextCursor : undefined,
    searched: `searched ${Number(searched.rows).toLocaleString('en')} rows in ${Math.round(Number(searched.elapsedMillis))} ms; ${gaps === 0 ? 'no gap in range' : `${gaps} gaps in range`}${searched.partial === true ? '; partial' : ''}`,
  }
}

const isEventRow = (value: unknown): value is EventRow =>
  isObject(value) &&
  ['time', 'user', 'summary'].every((key) => typeof value[key] === 'string') &&
  typeof value.code === 'number'
