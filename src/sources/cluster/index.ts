export { type ClusterAccess, noCredentials } from './access.ts'
export {
  type ClusterSource,
  type ClusterSourceOptions,
  clusterSource,
  type Resume,
  type ResumeObject,
} from './cluster-source.ts'
export { connectToWrite, type WritingConnection } from './connect.ts'
export { type FindOptions, type FoundCluster, findCluster } from './kubeconfig.ts'
export { defaultExclude, type SecretsMode } from './plan.ts'
