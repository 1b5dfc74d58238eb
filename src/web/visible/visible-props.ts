/** The texts among the properties of an element, made visible. Pure. */
import { visibleText } from './visible-text.ts'

/** What people read of an element. What is sent or compared (values, addresses, ids) stays as it is. */
const read = ['children', 'title', 'aria-label', 'placeholder', 'label'] as const

/** The very same properties where nothing hides in them. Every element that is drawn comes through here: they are not copied. */
export const visibleProps = (props: object): object => {
  let shown = props
  for (const name of read) {
    const before: unknown = Reflect.get(props, name)
    const after = visible(before)
    if (after !== before) shown = { ...shown, [name]: after }
  }
  return shown
}

const visible = (value: unknown): unknown => {
  if (typeof value === 'string') return visibleText(value)
  if (!Array.isArray(value)) return value
  const shown = value.map(visible)
  return shown.some((each, index) => each !== value[index]) ? shown : value
}
