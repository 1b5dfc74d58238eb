/** Values of an item, decoded as yaml-cpp decodes them (userspace/engine/rule_loader_reader.cpp). */
import { malformed, type Subject } from './notes.ts'
import type { YamlNode } from './yaml-node.ts'

export type Mapping = Extract<YamlNode, { readonly kind: 'mapping' }>

/** A text that has to be there and not be empty. */
export const requiredText = (item: Mapping, key: string, subject: Subject): string =>
  optionalText(item, key, subject) ?? malformed(subject, `there is no "${key}"`)

/** A text that is not empty where it is there. */
export const optionalText = (item: Mapping, key: string, subject: Subject): string | undefined => {
  const node = item.entries.get(key)
  if (node === undefined) return undefined
  const at = { ...subject, place: node.place }
  if (node.kind === 'null') return malformed(at, `"${key}" is empty`)
  if (node.kind !== 'scalar') return malformed(at, `"${key}" is not a text`)
  return node.text === '' ? malformed(at, `"${key}" is empty`) : node.text
}

const yes = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const no = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/

export const optionalBoolean = (item: Mapping, key: string, subject: Subject): boolean | undefined => {
  const text = optionalText(item, key, subject)
  if (text === undefined) return undefined
  if (yes.test(text)) return true
  const at = { ...subject, place: item.entries.get(key)?.place ?? subject.place }
  return no.test(text) ? false : malformed(at, `"${key}" is neither true nor false`)
}

/** A sequence of texts. */
export const optionalTexts = (item: Mapping, key: string, subject: Subject): readonly string[] | undefined => {
  const node = item.entries.get(key)
  if (node === undefined) return undefined
  if (node.kind !== 'sequence') return malformed({ ...subject, place: node.place }, `"${key}" is not a list`)
  return node.items.map((one) => {
    if (one.kind === 'scalar') return one.text
    return malformed({ ...subject, place: one.place }, `"${key}" has an element that is not a text`)
  })
}

/** A whole number as C++ reads it: decimal, 0x… or 0…; undefined for anything else. */
export const unsigned = (text: string): number | undefined => {
  if (!/^\+?(?:0[xX][0-9a-fA-F]{1,8}|0[0-7]{0,11}|[1-9][0-9]{0,9})$/.test(text)) return undefined
  const value = /^\+?0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text)
  return value <= 0xffffffff ? value : undefined
}
