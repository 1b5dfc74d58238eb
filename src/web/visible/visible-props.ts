/** The texts among the properties of an element, made visible. Pure. */
import { visibleText } from './visible-text.ts'

/** Attributes that people read. What is sent or compared (values, addresses, ids) stays as it is. */
const read = ['title', 'aria-label', 'placeholder', 'label'] as const

/** The very same properties where nothing hides in them. */
export const visibleProps = (props: object): object => {
  const given: Readonly<Record<string, unknown>> = { ...props }
  let changed: Record<string, unknown> | undefined
  for (const name of ['children', ...read]) {
    const before = given[name]
    const after = visible(before)
    if (after !== before) changed = { ...(changed ?? given), [name]: after }
  }
  return changed ?? props
}

const visible = (value: unknown): unknown => {
  if (typeof value === 'string') return visibleText(value)
  if (!Array.isArray(value)) return value
  const shown = value.map(visible)
  return shown.some((each, index) => each !== value[index]) ? shown : value
}
