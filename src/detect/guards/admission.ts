import type { JsonObject, JsonValue } from '../../model/json.ts'
import {
  counted,
  type Guard,
  isLess,
  type Lowering,
  list,
  operations,
  part,
  picked,
  requirements,
  step,
  text,
  unknownBefore,
} from './guard.ts'

const group = 'admissionregistration.k8s.io'
const scopes = ['namespaceSelector', 'objectSelector', 'rules', 'resourceRules', 'matchConditions'] as const

const webhooksOf = (resource: string): Guard => ({
  group,
  resource,
  keep: (body) => ({
    webhooks: list(body.webhooks).map((one) => picked(part(one), ['name', 'failurePolicy', ...scopes])),
  }),
  lowered: (before, after) => {
    const is = new Map(list(after.webhooks).map((one) => [text(part(one).name), part(one)]))
    return list(before.webhooks).flatMap((one): readonly Lowering[] => {
      const was = part(one)
      const name = text(was.name)
      const now = is.get(name)
      if (now === undefined) return [{ guard: 'webhook', from: name, to: 'gone' }]
      return [...failure('webhook', was, now), ...scope('webhook', was, now)]
    })
  },
  named: (change) => {
    const ignores =
      list(part(change).webhooks).some((one) => part(one).failurePolicy === 'Ignore') || ignoresByPatch(change)
    return ignores ? [{ guard: 'webhook.failurePolicy', from: unknownBefore, to: 'Ignore' }] : []
  },
})

const policiesOf = (resource: string): Guard => ({
  group,
  resource,
  keep: (body) => {
    const { validations, matchConstraints, ...spec } = part(body.spec)
    return {
      spec: {
        ...picked(spec, ['failurePolicy', 'matchConditions']),
        validations: list(validations).map((one) => picked(part(one), ['expression'])),
        matchConstraints: picked(part(matchConstraints), scopes),
      },
    }
  },
  lowered: (before, after) => {
    const [was, is] = [part(before.spec), part(after.spec)]
    const [had, has] = [list(was.validations), list(is.validations)]
    const name = 'admission-policy'
    return [
      ...failure(name, was, is),
      ...(isLess(has, had)
        ? [{ guard: `${name}.validations`, from: counted(had.length, 'check'), to: counted(has.length, 'check') }]
        : []),
      ...scope(name, was, is),
      ...scope(name, part(was.matchConstraints), part(is.matchConstraints)),
    ]
  },
  named: (change) =>
    part(part(change).spec).failurePolicy === 'Ignore' || ignoresByPatch(change)
      ? [{ guard: 'admission-policy.failurePolicy', from: unknownBefore, to: 'Ignore' }]
      : [],
})

const bindings: Guard = {
  group,
  resource: 'validatingadmissionpolicybindings',
  keep: (body) => {
    const { validationActions, matchResources } = part(body.spec)
    return {
      spec: { validationActions: list(validationActions), matchResources: picked(part(matchResources), scopes) },
    }
  },
  lowered: (before, after) => {
    const [was, is] = [part(before.spec), part(after.spec)]
    const [did, does] = [list(was.validationActions), list(is.validationActions)]
    const guard = 'admission-binding.actions'
    return [
      ...(did.includes('Deny') && !does.includes('Deny') ? [{ guard, from: 'Deny', to: texts(does) }] : []),
      ...scope('admission-binding', part(was.matchResources), part(is.matchResources)),
    ]
  },
  named: (change) => {
    const { validationActions } = part(part(change).spec)
    const isSoft =
      Array.isArray(validationActions) && validationActions.length > 0 && !validationActions.includes('Deny')
    return isSoft
      ? [{ guard: 'admission-binding.actions', from: unknownBefore, to: texts(list(validationActions)) }]
      : []
  },
}

/** Webhooks, admission policies and their bindings: admission.k8s.io as of admissionregistration.k8s.io/v1. */
export const admission: readonly Guard[] = [
  webhooksOf('validatingwebhookconfigurations'),
  webhooksOf('mutatingwebhookconfigurations'),
  policiesOf('validatingadmissionpolicies'),
  policiesOf('mutatingadmissionpolicies'),
  bindings,
]

/** Without one it is Fail: pkg/apis/admissionregistration/v1/defaults.go. */
const failure = (guard: string, was: JsonObject, is: JsonObject): readonly Lowering[] =>
  step(
    `${guard}.failurePolicy`,
    ['Fail', 'Ignore'],
    text(was.failurePolicy) || 'Fail',
    text(is.failurePolicy) || 'Fail',
  )

/** Whatever it has to meet more, or names less, is what it no longer looks at. */
const scope = (guard: string, was: JsonObject, is: JsonObject): readonly Lowering[] =>
  scopes.flatMap((key): readonly Lowering[] => {
    const name = `${guard}.${key}`
    if (key === 'rules' || key === 'resourceRules') {
      const [had, has] = [list(was[key]), list(is[key])]
      return isLess(has, had)
        ? [{ guard: name, from: counted(had.length, 'rule'), to: counted(has.length, 'rule') }]
        : []
    }
    const asks = key === 'matchConditions' ? list : requirements
    const [had, has] = [asks(was[key]), asks(is[key])]
    return isLess(had, has)
      ? [{ guard: name, from: counted(had.length, 'condition'), to: counted(has.length, 'condition') }]
      : []
  })

const ignoresByPatch = (change: JsonValue): boolean =>
  operations(change).some(({ path, value }) => text(path).endsWith('/failurePolicy') && value === 'Ignore')

const texts = (values: readonly JsonValue[]): string => values.map(text).join(', ') || 'nothing'
