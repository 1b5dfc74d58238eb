/** Names of our rules, which the API tells by id. */
import { parseAllDocuments } from 'yaml'
import { at } from '../cluster/client.ts'
import { ruleFiles } from '../rules/files.ts'

const ids = new Map(
  ruleFiles('bulwark')
    .flatMap(({ text }) => parseAllDocuments(text).map((document): unknown => document.toJS()))
    .map((rule) => [String(at(rule, 'name')), String(at(rule, 'id'))]),
)
const names = new Map([...ids].map(([name, id]) => [id, name]))

/** The id of one of our rules; throws where there is none of that name. */
export const ruleIdOf = (name: string): string => {
  const id = ids.get(name)
  if (id === undefined) throw new Error(`no rule of ours is called ${name}`)
  return id
}

/** The name of a rule; its id where it is none of ours. */
export const ruleNameOf = (id: string): string => names.get(id) ?? id
