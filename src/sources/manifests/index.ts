/** Manifests: files, folders and standard input as Kubernetes objects, with the place of every field. */
export type { ManifestItem, ManifestObject, ManifestProblem, Position } from './manifest.ts'
export { readManifests } from './read-manifests.ts'
export { readText } from './read-text.ts'
