import { compileGlob } from './glob.ts'

/** `pmatch`: true where the parts of some pattern, split at `/`, are a prefix of the parts of the value. */
export const compilePathPrefix = (patterns: readonly string[]): ((value: string) => boolean) => {
  const prefixes = patterns.map((pattern) => partsOf(pattern).map(compilePart))
  return (value) => {
    const parts = partsOf(value)
    return prefixes.some(
      (prefix) => prefix.length <= parts.length && prefix.every((accepts, index) => accepts(parts[index] ?? '')),
    )
  }
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '')

const compilePart = (part: string): ((value: string) => boolean) =>
  /[?*[]/.test(part) ? compileGlob(part, false) : (value) => value === part
