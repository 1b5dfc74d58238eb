/** JSON values as YAML lines, the form in which people know Kubernetes objects. Pure; the result parses back to the same value. */
import { isObject, type JsonValue } from '../../model/json.ts'

/** Deeper than this, a value is written as JSON on one line. */
const maxDepth = 48

/** The lines of a value, without line ends. Keys keep their order. */
export const yamlLines = (value: JsonValue): readonly string[] => {
  const lines: string[] = []
  writeBlock(lines, value, '', '', 0)
  return lines
}

/** Writes `value` behind `lead` (its key or dash); what does not fit on that line goes below it, indented by `indent`. */
const writeBlock = (
  lines: string[],
  value: JsonValue | undefined,
  lead: string,
  indent: string,
  depth: number,
): void => {
  if (Array.isArray(value) && value.length > 0 && depth < maxDepth) {
    if (lead !== '') lines.push(lead.trimEnd())
    for (const item of value) writeItem(lines, item, indent, depth + 1)
    return
  }
  if (isObject(value) && depth < maxDepth) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    if (entries.length > 0) {
      if (lead !== '') lines.push(lead.trimEnd())
      for (const [key, item] of entries) writeEntry(lines, key, item, indent, '', depth + 1)
      return
    }
  }
  writeScalar(lines, value ?? null, lead, indent)
}

const writeEntry = (
  lines: string[],
  key: string,
  value: JsonValue | undefined,
  indent: string,
  dash: string,
  depth: number,
): void => {
  const lead = `${dash === '' ? indent : dash}${plain(key)}: `
  // A list under a key stands at the key's own indentation, as kubectl prints it.
  writeBlock(lines, value, lead, Array.isArray(value) ? indent : `${indent}  `, depth)
}

const writeItem = (lines: string[], value: JsonValue | undefined, indent: string, depth: number): void => {
  if (isObject(value) && depth < maxDepth) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    entries.forEach(([key, item], index) => {
      writeEntry(lines, key, item, `${indent}  `, index === 0 ? `${indent}- ` : '', depth + 1)
    })
    if (entries.length > 0) return
  }
  if (Array.isArray(value) && value.length > 0) {
    lines.push(`${indent}- ${JSON.stringify(value)}`)
    return
  }
  writeScalar(lines, value ?? null, `${indent}- `, `${indent}  `)
}

const writeScalar = (lines: string[], value: JsonValue, lead: string, indent: string): void => {
  if (typeof value === 'string' && value.includes('\n') && blockable(value)) {
    const kept = value.endsWith('\n') ? '|' : '|-'
    lines.push(`${lead}${kept}`)
    for (const line of (kept === '|' ? value.slice(0, -1) : value).split('\n')) {
      lines.push(line === '' ? '' : `${indent === '' ? '  ' : indent}${line}`)
    }
    return
  }
  lines.push(`${lead}${typeof value === 'string' ? plain(value) : JSON.stringify(value)}`)
}

/** Only line feeds and printable characters, and neither indentation nor empty lines where a block would read them otherwise. */
const blockable = (text: string): boolean =>
  /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(text) && !/^[\s]/.test(text) && !/\n\n$/.test(text)

/** A text that YAML (1.1 and 1.2) reads as that same text without quotes, or else the text in JSON's quotes. */
const plain = (text: string): string =>
  /^[A-Za-z_./][A-Za-z0-9_./@%+=()-]*( [A-Za-z0-9_./@%+=()-]+)*$/.test(text) &&
  !/^(true|false|null|yes|no|on|off|y|n|\.inf|\.nan|[.]+)$/i.test(text) &&
  !/^[.]\d/.test(text)
    ? text
    : /^[A-Za-z_./][\w./@%+=()-]*(:[\w./@%+=()-]+)+$/.test(text)
      ? text
      : JSON.stringify(text)
