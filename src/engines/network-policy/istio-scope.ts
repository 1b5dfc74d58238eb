import type { JsonObject } from '../../model/json.ts'
import { objectAt, type Reading, selectorMatch } from './fields.ts'
import { allOf, anything, fixedPorts } from './match.ts'
import { portsOf } from './traffic.ts'
import type { Match, Ports } from './types.ts'

/** Pods with a sidecar or in the ambient mesh: see `meshOf` in mesh.ts. */
export const inMesh: Match = { kind: 'identity', patterns: ['*/ns/*'] }

export const tcp: Ports = fixedPorts(portsOf('TCP'))

/** `width`: 0 for a workload, 1 for a namespace, 2 for the mesh. */
export const scopeOf = (spec: JsonObject, reading: Reading): { readonly match: Match; readonly width: number } => {
  const { namespace } = reading.ref
  const { rootNamespace } = reading.options.istio
  const selector = objectAt(spec, 'selector', 'spec', reading)
  const labels = objectAt(selector, 'matchLabels', 'spec.selector', reading)
  const selected = Object.keys(labels).length > 0
  const where: Match = namespace === rootNamespace ? anything : { kind: 'namespace', names: [namespace] }
  const match = selected
    ? allOf(where, selectorMatch({ matchLabels: labels }, 'self', 'spec.selector', reading))
    : where
  return { match, width: selected ? 0 : namespace === rootNamespace ? 2 : 1 }
}
