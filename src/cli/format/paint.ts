import type { Severity } from '../../model/finding.ts'

/** Puts colour on a text, or leaves it as it is where there is no terminal. */
export interface Paint {
  severity(severity: Severity, text: string): string
  strong(text: string): string
  dim(text: string): string
  bad(text: string): string
  good(text: string): string
}

/** Each severity has a sign and a word, so that colour is never all that tells them apart. */
export const severitySigns: Readonly<Record<Severity, string>> = {
  critical: '✖',
  high: '▲',
  medium: '◆',
  low: '●',
  info: '○',
}

/** `color` false gives plain text. */
export const paintFor = (color: boolean): Paint => {
  const wrap =
    (open: string, close: string) =>
    (text: string): string =>
      color ? `\u001b[${open}m${text}\u001b[${close}m` : text
  const severities: Readonly<Record<Severity, (text: string) => string>> = {
    critical: wrap('1;31', '22;39'),
    high: wrap('31', '39'),
    medium: wrap('33', '39'),
    low: wrap('36', '39'),
    info: wrap('2', '22'),
  }
  return {
    severity: (severity, text) => severities[severity](text),
    strong: wrap('1', '22'),
    dim: wrap('2', '22'),
    bad: wrap('31', '39'),
    good: wrap('32', '39'),
  }
}

/** Colour only where a person looks at it: a terminal, without NO_COLOR (no-color.org), and not a dumb one. */
export const wantsColor = (isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean =>
  isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'

/** `1 file`, `2,000 files`. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
