import { asList, asObject, asText, type JsonObject, type JsonValue } from '../../model/json.ts'
import {
  counted,
  type Guard,
  isLess,
  type Lowering,
  operations,
  picked,
  requirements,
  step,
  unknownBefore,
} from './guard.ts'

const group = 'admissionregistration.k8s.io'
const scopes = ['namespaceSelector', 'objectSelector', 'rules', 'resourceRules', 'matchConditions'] as const

const webhooksOf = (resource: string): Guard => ({
  group,
  resource,
  keep: (body) => ({
    webhooks: asList(body.webhooks).map((one) => picked(asObject(one), ['name', 'failurePolicy', ...scopes])),
  }),
  lowered: (before, after) => {
    const is = new Map(asList(after.webhooks).map((one) => [asText(asObject(one).name), asObject(one)]))
    return asList(before.webhooks).flatMap((one): readonly Lowering[] => {
      const was = asObject(one)
      const name = asText(was.name)
      const now = is.get(name)
      if (now === undefined) return [{ guard: 'webhook', from: name, to: 'gone' }]
      return [...failure('webhook', was, now), ...scope('webhook', was, now)]
    })
  },
  named: (change) => {
    const ignores =
      asList(asObject(change).webhooks).some((one) => asObject(one).failurePolicy === 'Ignore') ||
      ignoresByPatch(change)
    return ignores ? [{ guard: 'webhook.failurePolicy', from: unknownBefore, to: 'Ignore' }] : []
  },
})

const policiesOf = (resource: string): Guard => ({
  group,
  resource,
  keep: (body) => {
    const { validations, matchConstraints, ...spec } = asObject(body.spec)
    return {
      spec: {
        ...picked(spec, ['failurePolicy', 'matchConditions']),
        validations: asList(validations).map((one) => picked(asObject(one), ['expression'])),
        matchConstraints: picked(asObject(matchConstraints), scopes),
      },
    }
  },
  lowered: (before, after) => {
    const [was, is] = [asObject(before.spec), asObject(after.spec)]
    const [had, has] = [asList(was.validations), asList(is.validations)]
    const name = 'admission-policy'
    return [
      ...failure(name, was, is),
      ...(isLess(has, had)
        ? [{ guard: `${name}.validations`, from: counted(had.length, 'check'), to: counted(has.length, 'check') }]
        : []),
      ...scope(name, was, is),
      ...scope(name, asObject(was.matchConstraints), asObject(is.matchConstraints)),
    ]
  },
  named: (change) =>
    asObject(asObject(change).spec).failurePolicy === 'Ignore' || ignoresByPatch(change)
      ? [{ guard: 'admission-policy.failurePolicy', from: unknownBefore, to: 'Ignore' }]
      : [],
})

const bindings: Guard = {
  group,
  resource: 'validatingadmissionpolicybindings',
  keep: (body) => {
    const { validationActions, matchResources } = asObject(body.spec)
    return {
      spec: { validationActions: asList(validationActions), matchResources: picked(asObject(matchResources), scopes) },
    }
  },
  lowered: (before, after) => {
    const [was, is] = [asObject(before.spec), asObject(after.spec)]
    const [did, does] = [asList(was.validationActions), asList(is.validationActions)]
    const guard = 'admission-binding.actions'
    return [
      ...(did.includes('Deny') && !does.includes('Deny') ? [{ guard, from: 'Deny', to: texts(does) }] : []),
      ...scope('admission-binding', asObject(was.matchResources), asObject(is.matchResources)),
    ]
  },
  named: (change) => {
    const { validationActions } = asObject(asObject(change).spec)
    const isSoft =
      Array.isArray(validationActions) && validationActions.length > 0 && !validationActions.includes('Deny')
    return isSoft
      ? [{ guard: 'admission-binding.actions', from: unknownBefore, to: texts(asList(validationActions)) }]
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
    asText(was.failurePolicy) || 'Fail',
    asText(is.failurePolicy) || 'Fail',
  )

/** Whatever it has to meet more, or names less, is what it no longer looks at. */
const scope = (guard: string, was: JsonObject, is: JsonObject): readonly Lowering[] =>
  scopes.flatMap((key): readonly Lowering[] => {
    const name = `${guard}.${key}`
    if (key === 'rules' || key === 'resourceRules') {
      const [had, has] = [asList(was[key]), asList(is[key])]
      return isLess(has, had)
        ? [{ guard: name, from: counted(had.length, 'rule'), to: counted(has.length, 'rule') }]
        : []
    }
    const asks = key === 'matchConditions' ? asList : requirements
    const [had, has] = [asks(was[key]), asks(is[key])]
    return isLess(had, has)
      ? [{ guard: name, from: counted(had.length, 'condition'), to: counted(has.length, 'condition') }]
      : []
  })

const ignoresByPatch = (change: JsonValue): boolean =>
  operations(change).some(({ path, value }) => asText(path).endsWith('/failurePolicy') && value === 'Ignore')

const texts = (values: readonly JsonValue[]): string => values.map(asText).join(', ') || 'nothing'
