import type { CaseLimits } from './types.ts'

const minute = 60_000_000

export const defaultLimits: CaseLimits = {
  quiet: 60 * minute,
  signalMemory: 120 * minute,
  clusterWindow: 10 * minute,
  recent: 24 * 60 * minute,
  cases: 2000,
  stepsPerCase: 200,
  namesPerStep: 8,
  evidencePerStep: 10,
  signalActors: 2000,
  stepsPerSignalActor: 24,
  casesPerRule: 50,
  casesPerQuiet: 500,
  changesPerCase: 100,
}
