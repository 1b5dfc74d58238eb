import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createAuthorizer } from '../../../src/engines/rbac/authorizer.ts'
import { covers } from '../../../src/engines/rbac/cover.ts'
import { readRbac, readRule } from '../../../src/engines/rbac/read.ts'
import type { PolicyRule, Request, Subject } from '../../../src/engines/rbac/types.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { readJsonLines } from '../json-lines.ts'
import { type CaseResult, type Suite, subset } from '../suite.ts'

/** Decisions, who-can, rule listings and escalation covers of the real RBAC authorizer on random worlds. */
export const suite: Suite = {
  name: 'oracle-rbac',
  *run({ dir, quick }) {
    const worlds = readJsonLines(join(dir, 'cases.jsonl.gz')).filter(isObject)
    for (const world of subset(worlds, quick, 30)) yield* runWorld(world)
  },
}

function* runWorld(line: JsonObject): Generator<CaseResult> {
  const world = objectAt(line, 'world')
  const { objects } = readRbac(
    ['roles', 'clusterRoles', 'roleBindings', 'clusterRoleBindings'].flatMap((kind) => listAt(world, kind)),
  )
  const authorizer = createAuthorizer(objects)
  for (const query of listAt(line, 'queries')) {
    const attributes = objectAt(query, 'attributes')
    const request = requestOf(attributes)
    const user = { name: text(attributes, 'user'), groups: texts(attributes, 'groups') }
    const { decision, reason } = authorizer.authorize(user, request)
    const expected = {
      decision: text(query, 'decision'),
      reason: comparable(text(query, 'decision'), text(query, 'reason')),
      allowed: listAt(query, 'allowedSubjects').map(subjectText).sort(),
    }
    const got = {
      decision,
      reason: comparable(decision, reason),
      allowed: authorizer.whoCan(request).map(describeSubject).sort(),
    }
    yield result(text(query, 'id'), expected, got)
  }
  for (const [index, asked] of listAt(line, 'rulesFor').entries()) {
    const user = { name: text(asked, 'user'), groups: texts(asked, 'groups') }
    const got = authorizer.rulesFor(user, text(asked, 'namespace')).map(({ rule }) => plainRule(rule))
    yield result(
      `${text(line, 'id')}-r${index}`,
      listAt(asked, 'rules').map((rule) => plainRule(readRule(rule))),
      got,
    )
  }
  for (const asked of listAt(line, 'covers')) {
    const rules = (key: string) => listAt(asked, key).map((rule) => readRule(rule))
    const { covered, uncovered } = covers(rules('ownerRules'), rules('servantRules'))
    const expected = { covered: asked.covered === true, uncovered: rules('uncovered').map(plainRule) }
    yield result(text(asked, 'id'), expected, { covered, uncovered: uncovered.map(plainRule) })
  }
}

const result = (name: string, expected: JsonValue, got: JsonValue): CaseResult => ({
  name,
  ok: isDeepStrictEqual(got, expected),
  expected,
  got,
})

/** The oracle's resolver names missing roles in words of its own: that there is such a reason is compared, not its text. */
const comparable = (decision: string, reason: string): string =>
  decision === 'Allow' || reason === '' ? reason : 'RBAC: (roles missing)'

const requestOf = (attributes: JsonObject): Request =>
  attributes.isResourceRequest === true
    ? {
        kind: 'resource',
        verb: text(attributes, 'verb'),
        apiGroup: text(attributes, 'apiGroup'),
        resource: text(attributes, 'resource'),
        subresource: text(attributes, 'subresource'),
        namespace: text(attributes, 'namespace'),
        name: text(attributes, 'name'),
      }
    : { kind: 'non-resource', verb: text(attributes, 'verb'), path: text(attributes, 'path') }

const subjectText = (subject: JsonObject): string =>
  describeSubject({
    kind: text(subject, 'kind'),
    apiGroup: text(subject, 'apiGroup'),
    name: text(subject, 'name'),
    namespace: text(subject, 'namespace'),
  })

const describeSubject = ({ kind, apiGroup, name, namespace }: Subject): string =>
  `${kind} ${apiGroup} ${namespace} ${name}`

const plainRule = (rule: PolicyRule): JsonObject => ({ ...rule })

const text = (object: JsonObject, key: string): string => asString(object[key]) ?? ''

const texts = (object: JsonObject, key: string): readonly string[] => {
  const value = object[key]
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

const objectAt = (object: JsonObject, key: string): JsonObject => {
  const value = object[key]
  return isObject(value) ? value : {}
}

const listAt = (object: JsonObject, key: string): readonly JsonObject[] => {
  const value = object[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}
