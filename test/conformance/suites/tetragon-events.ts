import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { parseMicros } from '../../../src/model/time.ts'
import { parseTetragon } from '../../../src/sources/tetragon/index.ts'
import { type Suite, subset } from '../suite.ts'

/** Events that Tetragon exported, of several versions: each is read whole, alone and as a shipper wraps it. */
export const suite: Suite = {
  name: 'tetragon-events',
  *run({ dir, quick }) {
    const files = globSync('{docs,testdata}/**/*.json', { cwd: dir }).sort()
    for (const file of subset(files, quick)) {
      for (const [index, event] of eventsOf(readFileSync(join(dir, file), 'utf8')).entries()) {
        const expected = toldBy(event)
        const plain = readBy(JSON.stringify(event))
        yield { name: `${file}#${index}`, ok: isDeepStrictEqual(plain, expected), expected, got: plain }
        const wrapped = readBy(JSON.stringify([{ date: 1, log: JSON.stringify(event) }]))
        yield { name: `${file}#${index} wrapped`, ok: isDeepStrictEqual(wrapped, expected), expected, got: wrapped }
      }
    }
  },
}

/** A file holds one event over many lines, or one a line. */
const eventsOf = (text: string): readonly JsonObject[] => {
  try {
    return [JSON.parse(text)]
  } catch {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line))
  }
}

/** What the event says, read along the names of Tetragon's API. */
const toldBy = (event: JsonObject): JsonValue => {
  const type = Object.keys(event).find((key) => key.startsWith('process_')) ?? ''
  const at = (...path: readonly string[]): JsonValue | undefined =>
    path.reduce<JsonValue | undefined>((value, key) => (isObject(value) ? value[key] : undefined), event)
  const time = at('time') ?? at(type, 'process', 'start_time')
  return {
    type,
    time: parseMicros(String(time)) ?? 0,
    node: at('node_name') ?? '',
    namespace: at(type, 'process', 'pod', 'namespace') ?? '',
    pod: at(type, 'process', 'pod', 'name') ?? '',
    container: at(type, 'process', 'pod', 'container', 'name') ?? '',
    image: at(type, 'process', 'pod', 'container', 'image', 'name') ?? '',
    binary: at(type, 'process', 'binary') ?? '',
    arguments: at(type, 'process', 'arguments') ?? '',
    pid: at(type, 'process', 'pid') ?? 0,
    parent: at(type, 'parent', 'binary') ?? '',
    event,
  }
}

const readBy = (text: string): JsonValue => {
  const entry = { stream: 'tetragon', source: 's', cluster: 'c', receivedAt: 1, payload: Buffer.from(text) } as const
  const { records, bad } = parseTetragon(entry)
  const [record] = records
  if (record?.kind !== 'runtime' || records.length !== 1 || bad.length > 0) {
    return { records: records.map(({ kind }) => kind), bad: bad.map(({ why }) => why) }
  }
  const { type, time, node, namespace, pod, container, image, process, event } = record
  return {
    type,
    time,
    node,
    namespace,
    pod,
    container,
    image,
    binary: process?.binary ?? '',
    arguments: process?.arguments ?? '',
    pid: process?.pid ?? 0,
    parent: process?.parentBinary ?? '',
    event,
  }
}
