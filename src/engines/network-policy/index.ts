export {
  type Change,
  type CommonGroup,
  commonGroups,
  type DiffEnd,
  diffReachability,
  type WorldDiff,
} from './diff.ts'
export { type Decision, judge, type Passage, type Verdict } from './evaluate.ts'
export { type ReadOptions, readDefaults } from './fields.ts'
export { type FollowedWorld, followWorld, type WorldChange } from './follow.ts'
export { peerAuthenticationsIn } from './istio.ts'
export { type IstioOptions, istioDefaults } from './istio-options.ts'
export { type LinkerdOptions, linkerdDefaults } from './linkerd-options.ts'
export { type MtlsMode, mtlsModeOf, type PeerAuthentication } from './mtls.ts'
export { externalEndpoint } from './outside.ts'
export { createReachability, type EndpointClass, type Reachability } from './reachability.ts'
export { type HttpRequest, judgeRequest, type ProxiedRequest, type RequestVerdict } from './request.ts'
export { exposedTargets, type ServiceTarget, serviceTargets } from './services.ts'
export {
  addTraffic,
  allTraffic,
  commonTraffic,
  formatTraffic,
  isNoTraffic,
  noTraffic,
  type Protocol,
  portsOf,
  removeTraffic,
  type Traffic,
  trafficKey,
} from './traffic.ts'
export * from './types.ts'
export { podOfWorkload } from './workloads.ts'
export { readPod, readSurroundings, readWorld, type Surroundings, type World } from './world.ts'
