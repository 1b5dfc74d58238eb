/** A message of protobuf's text format: each field has the list of its values. Text is kept as bytes, since it may be any. */
export interface TextMessage {
  readonly [field: string]: readonly TextValue[] | undefined
}

export type TextValue = TextMessage | { readonly bytes: Uint8Array } | string

const tokenPattern =
  /\s+|#[^\n]*|[A-Za-z_][\w.]*|\[[\w./]+\]|-?[\w.+-]+|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}<>:;,[\]-]/gy

/** Reads a message in text format. Scalars are their source text, strings their bytes. */
export function parseTextProto(source: string): TextMessage {
  const tokens = [...source.matchAll(tokenPattern)].map((match) => match[0]).filter((token) => !/^(?:\s|#)/.test(token))
  let position = 0
  const take = (): string => tokens[position++] ?? ''

  const message = (end: string): TextMessage => {
    const fields: Record<string, TextValue[]> = {}
    while (position < tokens.length && tokens[position] !== end) {
      const name = take()
      if (tokens[position] === ':') position++
      const values = list()
      fields[name] = [...(fields[name] ?? []), ...values]
      while (tokens[position] === ';' || tokens[position] === ',') position++
    }
    position++
    return fields
  }

  const list = (): TextValue[] => {
    if (tokens[position] !== '[') return [value()]
    position++
    const values: TextValue[] = []
    while (tokens[position] !== ']') {
      values.push(value())
      if (tokens[position] === ',') position++
    }
    position++
    return values
  }

  const value = (): TextValue => {
    const token = take()
    if (token === '{') return message('}')
    if (token === '<') return message('>')
    if (token === '-') return `-${take()}`
    if (!/^["']/.test(token)) return token
    let bytes = unescaped(token)
    while (/^["']/.test(tokens[position] ?? '')) bytes = Buffer.concat([bytes, unescaped(take())])
    return { bytes }
  }
  return message('')
}

const simple: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 }

function unescaped(literal: string): Buffer {
  const parts: Buffer[] = []
  const pattern = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))|[^\\]+/g
  for (const match of literal.slice(1, -1).matchAll(pattern)) {
    const [all, octal, hex, u4, u8, character] = match
    if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8) & 255]))
    else if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]))
    else if (u4 !== undefined || u8 !== undefined)
      parts.push(Buffer.from(String.fromCodePoint(Number.parseInt(u4 ?? u8 ?? '0', 16))))
    else if (character !== undefined) parts.push(Buffer.from([simple[character] ?? character.charCodeAt(0)]))
    else parts.push(Buffer.from(all))
  }
  return Buffer.concat(parts)
}

/** The only value of a field that is a message. */
export function messageOf(message: TextMessage, field: string): TextMessage | undefined {
  const value = message[field]?.[0]
  return typeof value === 'object' && !('bytes' in value) ? value : undefined
}

/** All values of a field that are messages. */
export function messagesOf(message: TextMessage, field: string): readonly TextMessage[] {
  return (message[field] ?? []).filter(
    (value): value is TextMessage => typeof value === 'object' && !('bytes' in value),
  )
}

/** The only value of a field as text. */
export function textOf(message: TextMessage, field: string): string | undefined {
  const value = message[field]?.[0]
  if (typeof value === 'string') return value
  return value !== undefined && 'bytes' in value && value.bytes instanceof Uint8Array
    ? Buffer.from(value.bytes).toString('utf8')
    : undefined
}

/** The only value of a field as bytes. */
export function bytesOf(message: TextMessage, field: string): Uint8Array | undefined {
  const value = message[field]?.[0]
  return typeof value === 'object' && 'bytes' in value && value.bytes instanceof Uint8Array
    ? Uint8Array.from(value.bytes)
    : undefined
}
