import { malformed, type Subject } from './notes.ts'
import type { Mapping } from './read-values.ts'

/** The keys under `override`, by what is done with them. */
export interface Overrides {
  readonly append: ReadonlySet<string>
  readonly replace: ReadonlySet<string>
}

/** Reads `override` of an item. Throws a LoadFault for keys that cannot be changed so. */
export const readOverrides = (
  item: Mapping,
  subject: Subject,
  appendable: readonly string[],
  replaceable: readonly string[],
): Overrides => {
  const append = new Set<string>()
  const replace = new Set<string>()
  const node = item.entries.get('override')
  if (node?.kind === 'sequence' && node.items.length > 0) {
    return malformed({ ...subject, place: node.place }, '"override" is not a mapping')
  }
  // Upstream takes a text for a mapping without keys.
  if (node?.kind !== 'mapping') return { append, replace }
  for (const [key, value] of node.entries) {
    const at = { ...subject, place: value.place }
    const operation = value.kind === 'scalar' ? value.text : ''
    if (operation === 'append') {
      if (!appendable.includes(key)) malformed(at, `"${key}" cannot be appended to`, 'Use replace')
      append.add(key)
    } else if (operation === 'replace') {
      if (!replaceable.includes(key)) malformed(at, `"${key}" cannot be replaced`)
      replace.add(key)
    } else {
      malformed(at, `"${operation}" is not a way to override "${key}"`, 'Use append or replace')
    }
  }
  return { append, replace }
}
