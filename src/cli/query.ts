import { Command, Option } from 'commander'
import type { EventRow } from '../model/answer.ts'
import { BulwarkError } from '../model/error.ts'
import { isObject, type JsonValue } from '../model/json.ts'
import { type Client, clientFor, type ServerChoice } from './client.ts'
import { momentOf } from './moment.ts'
import { searchedText } from './searched.ts'
import { withServerOptions } from './server-options.ts'
import { tableLines } from './table.ts'
import { unusualLines } from './unusual.ts'

interface QueryOptions extends ServerChoice {
  readonly since?: string
  readonly until?: string
  readonly limit?: string
  readonly output: 'table' | 'json' | 'jsonl' | 'csv'
  readonly unusual?: string
  readonly step?: string
}

const examples = `
Examples:
  $ bulwark query 'verb:delete -user:system:*' --since 1h
  $ bulwark query 'resource:secrets code:403' --output jsonl | jq .user
  $ bulwark query 'ns:payments user:alice' --since 2026-11-23T14:00:00Z --until 2026-11-23T15:00:00Z
  $ bulwark query 'decision:forbid' --output csv --limit 100000 > forbidden.csv
  $ bulwark query 'verb:get,list resource:secrets' --unusual user
  $ bulwark query '' --unusual ns --since 7d --limit 20 --output json

A query is words and field:value terms, all of which must hold; OR, NOT (or -), parentheses, * and "quotes" work.
Fields: kind source cluster user impersonated group verb resource subresource ns name code decision reason level stage
ip agent uri node container image process id. Numbers compare: code>=400.`

/** `bulwark query TEXT`: events of the record, newest first; or, with `--unusual`, how much is unusual of them. */
export const queryCommand = (): Command =>
  withServerOptions(
    new Command('query')
      .description('search the events of a running server, newest first')
      .argument('[text]', 'the query; empty for all events', '')
      .option('--since <moment>', 'from then on: 10m, 2h, 7d ago, or RFC 3339')
      .option('--until <moment>', 'up to then')
      .option('-n, --limit <rows>', 'at most so many rows (100), or values with --unusual (10)')
      .option(
        '--unusual <field>',
        'when the values of this field had many more or fewer events than was to be expected',
      )
      .option('--step <seconds>', 'with --unusual: length of a bucket (3600)')
      .addOption(
        new Option('-o, --output <format>', 'how to print: events as table, jsonl or csv; --unusual as table or json')
          .choices(['table', 'json', 'jsonl', 'csv'])
          .default('table'),
      )
      .addHelpText('after', examples),
  ).action(async (text: string, options: QueryOptions) => {
    const client = clientFor(options, process.env)
    const range = {
      q: text,
      from: options.since === undefined ? undefined : momentOf('since', options.since, Date.now()),
      to: options.until === undefined ? undefined : momentOf('until', options.until, Date.now()),
    }
    const { output, unusual, step, limit = '100' } = options
    if (unusual !== undefined) {
      if (output !== 'table' && output !== 'json')
        throw wrongOutput(output, 'unusual volume is printed', 'table or json')
      await printUnusual(client, { ...range, field: unusual, step, limit: options.limit }, output)
      return
    }
    if (step !== undefined) throw wrongFlag('--step is for --unusual', '--step', 'Leave it out, or add --unusual FIELD')
    if (output === 'json') throw wrongOutput(output, 'events are printed', 'table, jsonl or csv')
    if (output === 'table') await printTable(client, range, Number(limit))
    else await printFile(client, { ...range, format: output, limit })
  })

type Range = Readonly<Record<'q' | 'from' | 'to', string | undefined>>

const wrongFlag = (what: string, where: string, mend: string): BulwarkError =>
  new BulwarkError('CONFIG_INVALID', { what, where, mend })

const wrongOutput = (output: string, what: string, choices: string): BulwarkError =>
  wrongFlag(`${what} as ${choices}, not as ${output}`, '--output', `Choose ${choices}`)

const printUnusual = async (
  client: Client,
  query: Readonly<Record<string, string | undefined>>,
  output: 'table' | 'json',
): Promise<void> => {
  const answer = await client.get('/api/v1/events/unusual', query)
  if (output === 'json') {
    console.log(JSON.stringify(answer, undefined, 2))
    return
  }
  const { table, notes } = unusualLines(answer)
  if (table.length > 0) console.log(table.join('\n'))
  process.stderr.write(`${[...(table.length === 0 ? ['nothing unusual'] : []), ...notes].join('\n')}\n`)
}

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
  return {
    items: Array.isArray(answer.items) ? answer.items.filter(isEventRow) : [],
    next: typeof answer.nextCursor === 'string' ? answer.nextCursor : undefined,
    searched: searchedText(answer),
  }
}

const isEventRow = (value: unknown): value is EventRow =>
  isObject(value) &&
  ['time', 'user', 'summary'].every((key) => typeof value[key] === 'string') &&
  typeof value.code === 'number'
