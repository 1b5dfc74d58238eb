import { open, readFile } from 'node:fs/promises'
import { decodeText } from './decode-text.ts'
import { findManifests, reasonOf } from './files.ts'
import type { ManifestItem, ManifestProblem } from './manifest.ts'
import { readText } from './read-text.ts'

/** A larger file is not read: no manifest is near it, and memory has to be bounded. */
export const maxFileBytes = 256 * 1024 * 1024

/**
 * Everything found in the manifests at `paths`; `-` is standard input. Objects and problems come in the order of the
 * paths, one file in memory at a time.
 *
 * @param stdin what `-` reads from
 * @param onFile is told of each file before it is read
 */
export async function* readManifests(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
  onFile: (path: string) => void = () => {},
): AsyncGenerator<ManifestItem> {
  for (const path of paths) {
    if (path === '-') {
      onFile('<stdin>')
      yield* readBytes('<stdin>', () => collect(stdin))
      continue
    }
    for await (const item of findManifests(path, isTemplate)) {
      if (item.kind === 'file') {
        onFile(item.path)
        yield* readBytes(item.path, () => readWhole(item.path))
      } else if (item.kind === 'unreadable') yield problem(item.path, `it cannot be read: ${item.why}`, '')
      else {
        const count = item.templates === 1 ? 'one template was' : `${item.templates} templates were`
        yield problem(
          item.path,
          `a Helm chart that is not rendered: ${count} not checked`,
          `Run helm template ${item.path} | bulwark scan -`,
        )
      }
    }
  }
}

async function* readBytes(file: string, read: () => Promise<Uint8Array>): AsyncGenerator<ManifestItem> {
  let bytes: Uint8Array
  try {
    bytes = await read()
  } catch (error) {
    yield problem(file, `it cannot be read: ${reasonOf(error)}`, '')
    return
  }
  const decoded = decodeText(bytes)
  if (decoded.kind === 'unreadable') yield problem(file, `it cannot be read: ${decoded.why}`, '')
  else yield* readText(file, decoded.text)
}

const readWhole = async (path: string): Promise<Uint8Array> => {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size > maxFileBytes) throw new Error(tooLarge)
    // A pipe or device has no size: it is read with the same limit.
    return size > 0 ? await readFile(file) : await collect(file.createReadStream({ autoClose: false }))
  } finally {
    await file.close()
  }
}

const collect = async (stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > maxFileBytes) throw new Error(tooLarge)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const tooLarge = `it is larger than ${maxFileBytes / 1024 / 1024} MiB; split it`

/** A file below a chart's folder that has to be rendered. One that cannot be read is left to the reader to complain of. */
const isTemplate = async (path: string): Promise<boolean> => {
  try {
    return (await readFile(path)).includes('{{')
  } catch {
    return false
  }
}

const problem = (file: string, message: string, mend: string): ManifestProblem => ({
  kind: 'problem',
  level: 'error',
  file,
  position: undefined,
  message,
  mend,
})
