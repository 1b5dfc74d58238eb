/** Splits a CEL expression into tokens, by the lexer rules of cel-go v0.29.2 `parser/gen/CEL.g4`. */

export type TokenKind =
  | 'identifier'
  | 'quoted-identifier'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'operator'
  | 'end'

/** `text` is the source of the token; `at` its offset in UTF-16 units. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly at: number
}

/** A character or an unfinished string that begins no token. */
export interface LexicalFault {
  readonly at: number
  readonly message: string
}

/** The words that the grammar takes for itself; they never name a variable, field or function. */
export const grammarWords: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null'])

const escapeSequence = String.raw`\\(?:[abfnrtv"'\\?\x60]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`
const string = [
  String.raw`[rR]"""[\s\S]*?"""`,
  String.raw`[rR]'''[\s\S]*?'''`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
  String.raw`"""(?:${escapeSequence}|[^\\])*?"""`,
  String.raw`'''(?:${escapeSequence}|[^\\])*?'''`,
  String.raw`"(?:${escapeSequence}|[^\\"\n\r])*"`,
  String.raw`'(?:${escapeSequence}|[^\\'\n\r])*'`,
].join('|')

const rules: readonly (readonly [TokenKind | 'hidden', RegExp])[] = [
  ['hidden', /(?:[\t \r\n\f]+|\/\/[^\n]*)/y],
  ['bytes', new RegExp(`[bB](?:${string})`, 'y')],
  ['string', new RegExp(`(?:${string})`, 'y')],
  ['double', /(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y],
  ['uint', /(?:0x[0-9a-fA-F]+|[0-9]+)[uU]/y],
  ['int', /(?:0x[0-9a-fA-F]+|[0-9]+)/y],
  ['identifier', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['quoted-identifier', /`[A-Za-z0-9_.\-/ ]+`/y],
  ['operator', /(?:==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>])/y],
]

/** All tokens, the last of kind `end`. Stops at the first character that begins no token. */
export function tokenize(source: string): { readonly tokens: readonly Token[]; readonly fault?: LexicalFault } {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const token = tokenAt(source, at)
    if (token === undefined) {
      const rest = [...source.slice(at, at + 2)][0] ?? ''
      tokens.push({ kind: 'end', text: '<EOF>', at })
      return {
        tokens,
        fault: { at, message: `Syntax error: token recognition error at: '${shown(source, at, rest)}'` },
      }
    }
    if (token.kind !== 'hidden') tokens.push({ kind: token.kind, text: token.text, at })
    at += token.text.length
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length })
  return { tokens }
}

/** ANTLR takes the longest match, and of equals the rule written first. */
function tokenAt(
  source: string,
  at: number,
): { readonly kind: TokenKind | 'hidden'; readonly text: string } | undefined {
  let best: { kind: TokenKind | 'hidden'; text: string } | undefined
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at
    const text = pattern.exec(source)?.[0]
    if (text !== undefined && text.length > (best?.text.length ?? 0)) best = { kind, text }
  }
  return best
}

/** An unfinished string is blamed whole by ANTLR, any other character alone. */
function shown(source: string, at: number, character: string): string {
  if (character !== '"' && character !== "'") return character
  const end = source.indexOf('\n', at)
  return source.slice(at, end < 0 ? undefined : end)
}
