import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ObjectVersionDetail } from '../../model/answer.ts'
import { asString, isObject } from '../../model/json.ts'
import type { ObjectVersion } from '../../model/object.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'
import type { ObjectDetail, ObjectRow } from '../contract/answers.ts'
import { kinds, objectDetail, objectRow, statePage as statePageSchema } from '../contract/schemas/answers.ts'
import { at, emptyableText, idPath, objectPath, page, range, text } from '../contract/schemas/parameters.ts'
import { objectVersionDetail, objectVersionPage } from '../contract/schemas/record.ts'
import { notFound } from '../errors.ts'
import type { ClusterView, ObjectName, Services } from '../services.ts'
import { answerJson } from './define.ts'
import { checkRange, viewAt } from './filter.ts'
import { objectNamed } from './object-path.ts'
import { orderKey, statePage } from './state-page.ts'

const day = 86_400e6

/** Objects as they are or were, and their versions. */
export const objectRoutes = (api: OpenAPIHono, services: Services): void => {
  const { record, now } = services

  const kindList = { summary: 'Kinds, with those we cannot see', tag: 'objects', query: at, answer: kinds }
  answerJson(api, 'GET /api/v1/kinds', kindList, async ({ query }) => {
    const view = await viewAt(services, query.at)
    return { at: formatMicros(view.at), items: view.kinds() }
  })

  const list = {
    summary: 'Objects, by kind or by a part of the name',
    tag: 'objects',
    query: {
      ...at,
      group: emptyableText.optional(),
      kind: text.optional(),
      namespace: emptyableText.optional(),
      name: text.optional(),
      ...page,
    },
    answer: statePageSchema('ObjectPage', objectRow),
  }
  answerJson(api, 'GET /api/v1/objects', list, async ({ query }) => {
    const view = await viewAt(services, query.at)
    const name = query.name?.toLowerCase() ?? ''
    const { group, kind, namespace } = query
    const found = view.objects({ group, kind, namespace }).filter(({ ref }) => ref.name.toLowerCase().includes(name))
    const { items, ...rest } = statePage(view.at, found, (version) => objectOrder(version, name), query)
    return { ...rest, items: items.map(objectRowOf) }
  })

  const one = {
    summary: 'An object, as of a moment',
    tag: 'objects',
    params: objectPath,
    query: at,
    answer: objectDetail,
  }
  answerJson(api, 'GET /api/v1/objects/{group}/{kind}/{namespace}/{name}', one, async ({ params, query }) => {
    const name = objectNamed(params)
    const view = await viewAt(services, query.at)
    const object = view.object(name)
    return object ? presentObject(view, name, object) : goneObject(services, view.at, name)
  })

  const versions = {
    summary: 'Every version of an object, newest first',
    tag: 'objects',
    params: objectPath,
    query: page,
    answer: objectVersionPage,
  }
  answerJson(api, 'GET /api/v1/objects/{group}/{kind}/{namespace}/{name}/versions', versions, ({ params, query }) =>
    record.objectVersions(objectNamed(params), query),
  )

  const version = {
    summary: 'A version, whole',
    tag: 'objects',
    params: idPath,
    query: {},
    answer: objectVersionDetail,
  }
  answerJson(api, 'GET /api/v1/versions/{id}', version, async ({ params }) => {
    const found = await record.objectVersion(params.id)
    if (!found) throw notFound(`no version has the id "${params.id}"`, 'It may be past its retention')
    return found
  })

  const changes = {
    summary: 'Changes of objects, newest first',
    tag: 'objects',
    query: {
      ...range,
      group: emptyableText.optional(),
      kind: text.optional(),
      namespace: emptyableText.optional(),
      ...page,
    },
    answer: objectVersionPage,
  }
  answerJson(api, 'GET /api/v1/changes', changes, ({ query }) => {
    const to = query.to ?? now() + 1
    const from = query.from ?? to - day
    checkRange(from, to)
    const { group, kind, namespace } = query
    return record.changesIn({ from, to, group, kind, namespace }, query)
  })
}

/** Names that are, then that begin with, the text come first: somebody who types a name means that object. */
const objectOrder = ({ ref }: ObjectVersion, text: string): string => {
  const name = ref.name.toLowerCase()
  const rank = text === '' ? 0 : name === text ? 1 : name.startsWith(text) ? 2 : 3
  return orderKey(String(rank), ref.name, ref.namespace, ref.kind, ref.group)
}

const objectRowOf = ({ ref, uid, resourceVersion, time, body }: ObjectVersion): ObjectRow => {
  const created = body.metadata?.creationTimestamp
  return { ref, uid, resourceVersion, created: typeof created === 'string' ? created : '', changed: formatMicros(time) }
}

const presentObject = (view: ClusterView, name: ObjectName, object: ObjectVersion): ObjectDetail => {
  const workload = view.workloadOf(name)
  return {
    at: formatMicros(view.at),
    object: objectRowOf(object),
    deleted: false,
    body: object.body,
    owners: view.ownersOf(name),
    owned: view.ownedBy(name),
    workload,
    findings: workload ? (view.workload(workload)?.findings ?? []) : [],
  }
}

/** An object that is not there at the moment: its last state before, from the record. */
const goneObject = async (services: Services, moment: Micros, name: ObjectName): Promise<ObjectDetail> => {
  const last = await lastVersion(services, moment, name)
  const where = name.namespace === '' ? name.name : `${name.namespace}/${name.name}`
  if (!last) throw notFound(`the record has no ${name.kind} ${where} at or before that moment`)
  const { version, body } = last
  return {
    at: formatMicros(moment),
    object: {
      ref: version.ref,
      uid: version.uid,
      resourceVersion: version.resourceVersion,
      created: createdIn(body),
      changed: version.time,
    },
    deleted: true,
    body,
    owners: [],
    owned: [],
    workload: undefined,
    findings: [],
  }
}

/** Far more versions than an object has after a moment that somebody looks back to; beyond, it counts as not found. */
const maxPages = 20

const lastVersion = async (
  { record }: Services,
  moment: Micros,
  name: ObjectName,
): Promise<ObjectVersionDetail | undefined> => {
  let cursor: string | undefined
  for (let read = 0; read < maxPages; read++) {
    const { items, nextCursor } = await record.objectVersions(name, { limit: 1000, cursor })
    const row = items.find(({ time }) => (parseMicros(time) ?? 0) <= moment)
    if (row) return record.objectVersion(row.id)
    if (nextCursor === undefined) return undefined
    cursor = nextCursor
  }
  return undefined
}

const createdIn = (body: ObjectVersionDetail['body']): string => {
  const metadata = isObject(body) ? body.metadata : undefined
  return (isObject(metadata) ? asString(metadata.creationTimestamp) : undefined) ?? ''
}
