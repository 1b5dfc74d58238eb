import { ConditionFault } from './ast.ts'
import { fromBytes, toBytes } from './utf8.ts'

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  // A wrongly escaped blank is kept as upstream keeps it: only the backslash stays.
  ' ': '\\',
  '\\': '\\',
  '/': '/',
}

/** The text of a literal with its quotes (filter/escaping.cpp). `at` is where it stands, for faults. */
export const unquote = (literal: string, at: number): string => {
  const inner = literal.slice(1, -1)
  if (!inner.includes('\\')) return inner
  const quote = literal[0] ?? ''
  let text = ''
  let hasBytes = false
  for (let i = 0; i < inner.length; i++) {
    const character = inner[i] ?? ''
    if (character !== '\\') {
      text += hasBytes ? toBytes(character) : character
      continue
    }
    i += 1
    const escaped = inner[i] ?? ''
    if (escaped === 'x') {
      const hex = inner.slice(i + 1, i + 3)
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) throw new ConditionFault('"\\x" wants two hexadecimal digits', at + i)
      const code = Number.parseInt(hex, 16)
      if (code > 0x7f && !hasBytes) {
        text = toBytes(text)
        hasBytes = true
      }
      text += String.fromCharCode(code)
      i += 2
    } else if (escaped === quote) {
      text += quote
    } else {
      const known = Object.hasOwn(escapes, escaped) ? escapes[escaped] : undefined
      if (known === undefined && escaped !== '') {
        throw new ConditionFault(`unsupported escape "\\${escaped}" in a quoted text`, at + i, {
          mend: 'Write a backslash as \\\\, and digits of a pattern as [0-9]',
        })
      }
      text += known ?? ''
    }
  }
  return hasBytes ? fromBytes(text) : text
}
