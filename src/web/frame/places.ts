/** The places of the page, in the words of the product and in the order of the rail; only those that work. */
import type { KeyAction } from '../keys/keymap.ts'
import { messages } from '../messages.ts'
import type { IconName } from '../parts/Icon.tsx'

export interface Place {
  readonly to:
    | '/'
    | '/cases'
    | '/events'
    | '/workloads'
    | '/rules'
    | '/suppressions'
    | '/coverage'
    | '/sources'
    | '/outputs'
  readonly icon: IconName
  readonly key: string
  readonly action: KeyAction
  readonly label: string
}

export const places: readonly Place[] = [
  { to: '/', icon: 'now', key: 'g n', action: 'go-now', label: messages.pages.now },
  { to: '/cases', icon: 'cases', key: 'g c', action: 'go-cases', label: messages.pages.cases },
  { to: '/events', icon: 'events', key: 'g e', action: 'go-events', label: messages.pages.events },
  { to: '/workloads', icon: 'workloads', key: 'g w', action: 'go-workloads', label: messages.pages.workloads },
  { to: '/rules', icon: 'rules', key: 'g r', action: 'go-rules', label: messages.pages.rules },
  { to: '/suppressions', icon: 'quiet', key: 'g u', action: 'go-suppressions', label: messages.pages.suppressions },
  { to: '/coverage', icon: 'coverage', key: 'g v', action: 'go-coverage', label: messages.pages.coverage },
  { to: '/sources', icon: 'sources', key: 'g s', action: 'go-sources', label: messages.pages.sources },
  { to: '/outputs', icon: 'outputs', key: 'g o', action: 'go-outputs', label: messages.pages.outputs },
]
