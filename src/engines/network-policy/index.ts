export { type Decision, judge, type Passage, type Verdict } from './evaluate.ts'
export type { ReadOptions } from './fields.ts'
export { externalEndpoint } from './outside.ts'
export { createReachability, type EndpointClass, type Reachability } from './reachability.ts'
export {
  allTraffic,
  commonTraffic,
  formatTraffic,
  isNoTraffic,
  type Protocol,
  portsOf,
  type Traffic,
} from './traffic.ts'
export * from './types.ts'
export { readPod, readWorld, type World } from './world.ts'
