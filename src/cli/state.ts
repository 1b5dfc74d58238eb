import { Command, Option } from 'commander'
import { stringify } from 'yaml'
import { BulwarkError } from '../model/error.ts'
import { isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import { clientFor, type ServerChoice } from './client.ts'
import { momentOf } from './moment.ts'
import { type RecordedKind, recordedKinds, recordedRows, textIn } from './objects/recorded.ts'
import { withServerOptions } from './server-options.ts'
import { tableLines } from './table.ts'

interface StateOptions extends ServerChoice {
  readonly at?: string
  readonly namespace?: string
  readonly output: 'table' | 'json' | 'yaml'
}

const examples = `
Examples:
  $ bulwark state pods --at 10m
  $ bulwark state deployments -n shop --at 2026-11-23T14:03:00Z
  $ bulwark state deployment web -n shop --at 1h -o yaml    the whole object, as it was
  $ bulwark state                                           which kinds there are`

/** `bulwark state [KIND] [NAME]`: the cluster as it is or was. */
export const stateCommand = (): Command =>
  withServerOptions(
    new Command('state')
      .description('list objects as they are, or were at a moment')
      .argument('[kind]', 'a kind or resource, e.g. Pod, pods, deployments.apps; without it the kinds are listed')
      .argument('[name]', 'one object, whole')
      .option('--at <moment>', 'as of then: 10m, 2h ago, or RFC 3339 (default: now)')
      .option('-n, --namespace <name>', 'only of this namespace')
      .addOption(
        new Option('-o, --output <format>', 'how to print').choices(['table', 'json', 'yaml']).default('table'),
      )
      .addHelpText('after', examples),
  ).action(async (kind: string | undefined, name: string | undefined, options: StateOptions) => {
    const client = clientFor(options, process.env)
    const at = options.at === undefined ? undefined : momentOf('at', options.at, Date.now())
    const kinds = await recordedKinds(client, at)
    if (kind === undefined) {
      printKinds(kinds, options.output)
      return
    }
    const row = kindNamed(kinds, kind)
    if (name === undefined) {
      printObjects(await recordedRows(client, row, at, options.namespace), options.output)
      return
    }
    const path = [row.group || '-', row.kind, row.namespaced ? (options.namespace ?? 'default') : '-', name]
    const detail = await client.get(`/api/v1/objects/${path.map((part) => encodeURIComponent(part)).join('/')}`, { at })
    print(isObject(detail) ? (detail.body ?? null) : null, options.output === 'json' ? 'json' : 'yaml')
  })

/** `pods`, `Pod`, `pod`, `deployments.apps`. A kind that is not seen is an error that says why: it is not empty. */
const kindNamed = (kinds: readonly RecordedKind[], asked: string): RecordedKind => {
  const wanted = asked.toLowerCase()
  const found = kinds.find(({ kind, resource, group }) =>
    [kind, resource, `${resource}.${group}`, `${kind}.${group}`].some((name) => name.toLowerCase() === wanted),
  )
  if (found === undefined) {
    throw new BulwarkError('NOT_FOUND', {
      what: `there is no kind "${asked}" in the record`,
      mend: '`bulwark state` lists the kinds',
    })
  }
  if (found.seen) return found
  throw new BulwarkError('NOT_FOUND', {
    what: `${found.resource} are not seen: ${found.why}`,
    mend: '`bulwark state` lists what is seen',
  })
}

const printObjects = (objects: readonly JsonObject[], output: StateOptions['output']): void => {
  if (output !== 'table') {
    print(objects, output)
    return
  }
  const rows = objects.map((object) => {
    const ref = isObject(object.ref) ? object.ref : {}
    return [
      textIn(ref, 'namespace'),
      textIn(ref, 'name'),
      textIn(object, 'created'),
      textIn(object, 'changed').slice(0, 19),
    ]
  })
  const columns = [{ title: 'namespace' }, { title: 'name' }, { title: 'created' }, { title: 'version seen' }]
  if (rows.length > 0) console.log(tableLines(columns, rows).join('\n'))
  process.stderr.write(`${rows.length} objects\n`)
}

const printKinds = (kinds: readonly RecordedKind[], output: StateOptions['output']): void => {
  if (output !== 'table') {
    print(JSON.parse(JSON.stringify(kinds)), output)
    return
  }
  const rows = kinds.map(({ kind, group, seen, count, why }) => [
    kind,
    group,
    seen ? String(count) : '',
    seen ? '' : `not seen: ${why}`,
  ])
  console.log(
    tableLines([{ title: 'kind' }, { title: 'group' }, { title: 'objects', right: true }, { title: '' }], rows).join(
      '\n',
    ),
  )
}

const print = (value: JsonValue, output: 'json' | 'yaml'): void =>
  console.log(output === 'json' ? JSON.stringify(value, null, 2) : stringify(value).trimEnd())
