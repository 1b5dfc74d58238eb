import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** The values in a file of JSON lines, which is gzipped when its name ends in `.gz`. */
export const readJsonLines = (path: string): readonly unknown[] => {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): unknown => JSON.parse(line))
}
