import { readFile, stat } from 'node:fs/promises'
import { checkValidationRules } from '../../engines/admission/index.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import { type LoadedObject, manifestWorld, nameOf, placeText } from '../objects/load.ts'

/** What `--schema` brings. */
export interface Schemas {
  readonly definitions: readonly LoadedObject[]
  readonly openApi: readonly JsonObject[]
  readonly problems: readonly string[]
}

const largestFile = 64 * 1024 * 1024

/** Reads CustomResourceDefinitions and OpenAPI v3 documents. A file without either is a problem and leaves the others whole. */
export const readSchemas = async (paths: readonly string[]): Promise<Schemas> => {
  const read = await Promise.all(paths.map(readSchema))
  return {
    definitions: read.flatMap(({ definitions }) => definitions),
    openApi: read.flatMap(({ openApi }) => openApi),
    problems: read.flatMap(({ problems }) => problems),
  }
}

const readSchema = async (path: string): Promise<Schemas> => {
  const none = { definitions: [], openApi: [], problems: [] }
  const document = await documentAt(path).catch((error: unknown) => String(error))
  if (typeof document === 'string') return { ...none, problems: [`${path}: ${document}`] }
  if (document?.swagger !== undefined) {
    const mend = 'give the OpenAPI v3 document: kubectl get --raw /openapi/v3/apis/GROUP/VERSION'
    return { ...none, problems: [`${path}: this is OpenAPI v2: ${mend}`] }
  }
  if (document !== undefined) return { ...none, openApi: [document] }
  const { loaded, problems } = await manifestWorld([path], (async function* () {})())
  const definitions = loaded.filter(isDefinition)
  if (definitions.length > 0 || problems.length > 0) return { ...none, definitions, problems }
  return { ...none, problems: [`${path}: there is no CustomResourceDefinition in it, and it is no OpenAPI document`] }
}

/** The OpenAPI document in a JSON file; undefined for what is to be read as manifests. */
const documentAt = async (path: string): Promise<JsonObject | undefined> => {
  const { size } = await stat(path)
  if (!/\.json$/i.test(path)) return undefined
  if (size > largestFile) throw new Error('the file is too large for a schema')
  const value: unknown = JSON.parse(await readFile(path, 'utf8'))
  return isObject(value) && (value.openapi !== undefined || value.swagger !== undefined) ? value : undefined
}

export const isDefinition = ({ object }: LoadedObject): boolean => {
  const { group, kind } = nameOf(object)
  return group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition'
}

/** The validation rules that the API server would refuse, with the definition they are in. */
export const ruleProblems = (objects: readonly LoadedObject[]): readonly string[] =>
  objects.filter(isDefinition).flatMap(({ object, place }) => {
    const spec = isObject(object.spec) ? object.spec : {}
    const versions = Array.isArray(spec.versions) ? spec.versions : []
    return versions.flatMap((version, index) => {
      const schema = isObject(version) && isObject(version.schema) ? version.schema.openAPIV3Schema : undefined
      if (!isObject(schema)) return []
      const { faults } = checkValidationRules(schema, `spec.versions[${index}].schema.openAPIV3Schema`)
      return faults.map(({ path, text }) => {
        const at = placeText(place(path))
        return `${at === '' ? '' : `${at}: `}CustomResourceDefinition ${nameOf(object).name}: ${text.replaceAll('\n', ' ')}`
      })
    })
  })
