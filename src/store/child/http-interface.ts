/**
 * ClickHouse's HTTP interface in front of chDB, as far as `@clickhouse/client` speaks it: the same client code then
 * works with the embedded engine and with a ClickHouse server.
 * Follows https://clickhouse.com/docs/interfaces/http: statement in the body, or in `query` with the data of an INSERT
 * in the body; bound values in `param_NAME`; every other parameter is a setting.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Engine, LaneFull, type Session } from './engine.ts'
import { type IncomingBlocks, TooLarge } from './incoming.ts'

export interface HttpInterfaceOptions {
  readonly engine: Engine
  readonly incoming: IncomingBlocks
  /** What the client has to send by Basic authentication. */
  readonly password: string
}

/** The server, not listening yet. */
export const createHttpInterface = ({ engine, incoming, password }: HttpInterfaceOptions): Server => {
  const expected = digest(password)
  // Bound values come in the URL, and a query may have hundreds of them.
  const server = createServer({ requestTimeout: 0, maxHeaderSize: 256 * 1024 }, (request, response) => {
    answer(request, response).catch((error: unknown) => refuse(response, error))
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://engine')
    if (!timingSafeEqual(digest(passwordOf(request)), expected)) {
      throw new Refusal(401, 516, 'Authentication failed. (AUTHENTICATION_FAILED)')
    }
    if (url.pathname === '/ping') {
      response.end('Ok.\n')
      return
    }
    if (request.method !== 'POST') throw new Refusal(405, 36, 'only POST is served. (BAD_ARGUMENTS)')
    const parameters = parametersOf(url)
    const statement = insertOf(url, parameters)
    if (statement !== undefined) {
      await incoming.through(request, (from) => insert(engine, statement, from))
      writeSummary(response, {})
      response.end()
      return
    }
    const sql = url.searchParams.get('query') ?? (await readBody(request)).toString()
    if (selectForm.test(sql)) await select(engine, { sql, ...parameters }, response)
    else await command(engine, { sql, ...parameters }, response)
  }
  return server
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const passwordOf = (request: IncomingMessage): string => {
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ')
  const decoded = Buffer.from(scheme.toLowerCase() === 'basic' ? credentials : '', 'base64').toString()
  return decoded.slice(decoded.indexOf(':') + 1)
}

/** An answer in the form that ClickHouse gives errors: a status, a code, and a text that the client takes apart. */
class Refusal extends Error {
  readonly status: number
  readonly code: number
  constructor(status: number, code: number, message: string) {
    super(`Code: ${code}. DB::Exception: ${message}`)
    this.status = status
    this.code = code
  }
}

const maxBodyBytes = 512 * 1024 * 1024

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > maxBodyBytes) throw new Refusal(413, 307, 'the body is too large. (TOO_MANY_BYTES)')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

/** What comes with a statement: values bound to its parameters, and settings. */
interface Parameters {
  readonly params: Readonly<Record<string, string>>
  readonly settings: Settings
}
type Settings = Readonly<Record<string, string>>

interface Statement extends Parameters {
  readonly sql: string
}

interface Insert {
  readonly table: string
  /** Names with commas between them. */
  readonly columns: string
  readonly settings: Settings
}

/** The one form whose rows come beside the statement. */
const insertForm = /^\s*INSERT\s+INTO\s+([\w.]+)\s*\(([\w\s,]+)\)\s*FORMAT\s+Native\s*$/i
const selectForm = /^\s*(?:SELECT|WITH|SHOW|DESCRIBE|EXISTS|EXPLAIN)\b/i

/** Parameters of a request that are no settings of the engine. */
const notSettings = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'session_id',
  'session_timeout',
  'session_check',
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'enable_http_compression',
  'buffer_size',
  'role',
])

const parametersOf = (url: URL): Parameters => {
  const params: Record<string, string> = {}
  const settings: Record<string, string> = {}
  for (const [name, value] of url.searchParams) {
    if (name.startsWith('param_')) params[name.slice('param_'.length)] = unescapeTsv(value)
    else if (!notSettings.has(name)) {
      if (!/^[a-z_0-9]+$/.test(name)) throw new Refusal(400, 115, 'a setting has a bad name. (UNKNOWN_SETTING)')
      settings[name] = value
    }
  }
  return { params, settings }
}

const insertOf = (url: URL, { settings }: Parameters): Insert | undefined => {
  const [, table, columns] = insertForm.exec(url.searchParams.get('query') ?? '') ?? []
  return table === undefined || columns === undefined ? undefined : { table, columns, settings }
}

const tsvEscapes: Readonly<Record<string, string>> = { 0: '\0', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * The client sends a bound value as ClickHouse's escaped text; chDB's binding escapes once more. Only scalar parameters
 * are served: the inside of an array would be escaped in yet another way.
 */
const unescapeTsv = (text: string): string =>
  text.replace(/\\(.)/gs, (_, char: string) => (Object.hasOwn(tsvEscapes, char) ? (tsvEscapes[char] ?? '') : char))

const settingsClause = (settings: Settings): string => {
  const entries = Object.entries(settings)
  if (entries.length === 0) return ''
  const quoted = (value: string) =>
    /^\d+$/.test(value) ? value : `'${value.replace(/[\\']/g, (char) => `\\${char}`)}'`
  return `\nSETTINGS ${entries.map(([name, value]) => `${name}=${quoted(value)}`).join(', ')}`
}

/** The types of the file's columns are those of the table's (use_structure_from_insertion_table_in_table_functions). */
const insert = (engine: Engine, { table, columns, settings }: Insert, from: string): Promise<void> =>
  engine.write(async (session) => {
    await session.queryAsync(`INSERT INTO ${table} (${columns})${settingsClause(settings)}\nSELECT * FROM ${from}`)
  })

const command = (engine: Engine, { sql, params }: Statement, response: ServerResponse) =>
  engine.write(async (session) => {
    const result = await session.queryBindAsync(sql, params, { format: 'TabSeparated' })
    writeSummary(response, {})
    response.end(result.bytes())
  })

const select = (engine: Engine, { sql, params, settings }: Statement, response: ServerResponse) =>
  engine.read(async (session) => {
    // A caller that gave up while it waited for a session needs no answer.
    if (response.destroyed) return
    const [, format = 'TabSeparated'] = /\bFORMAT\s+(\w+)\s*$/i.exec(sql) ?? []
    const statement = `${sql}${settingsClause(settings)}`
    response.setHeader('X-ClickHouse-Format', format)
    if (format === 'JSONEachRow' || format === 'JSONCompactEachRow') {
      await stream(session, statement, params, format, response)
      return
    }
    const result = await session.queryBindAsync(statement, params, { format })
    writeSummary(response, { result_bytes: result.bytes().length })
    response.end(result.bytes())
  })

/** How long a reader may take nothing of a result before its session is taken back. */
const stalledMillis = 30_000

const stream = async (
  session: Session,
  sql: string,
  params: Readonly<Record<string, string>>,
  format: string,
  response: ServerResponse,
): Promise<void> => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const chunks = session.queryStreamBind(sql, params, { format })
  try {
    for await (const chunk of chunks) {
      if (response.destroyed) return
      if (response.write(chunk.raw())) continue
      await once(response, 'drain', { signal: AbortSignal.any([gone.signal, AbortSignal.timeout(stalledMillis)]) })
    }
    response.end()
  } finally {
    chunks.cancel()
  }
}

const writeSummary = (response: ServerResponse, summary: Readonly<Record<string, number>>): void => {
  const texts = Object.entries(summary).map(([name, value]) => [name, String(value)])
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(Object.fromEntries(texts)))
}

const refuse = (response: ServerResponse, error: unknown): void => {
  if (response.destroyed) return
  // A result that was begun cannot become an error any more: cutting the connection says that it is not whole.
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, code, message } = refusalOf(error)
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(code),
  })
  response.end(message)
}

const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error
  if (error instanceof TooLarge) return new Refusal(413, 307, `${error.message}. (TOO_MANY_BYTES)`)
  if (error instanceof LaneFull) return new Refusal(503, 202, `${error.message}. (TOO_MANY_SIMULTANEOUS_QUERIES)`)
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return new Refusal(500, 243, `${text}. (NOT_ENOUGH_SPACE)`)
  }
  const [, code = '1002', message = `${text}. (UNKNOWN_EXCEPTION)`] =
    /Code: (\d+)\. DB::Exception: (.*)$/s.exec(text) ?? []
  return new Refusal(500, Number(code), message)
}
