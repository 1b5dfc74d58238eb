import type { ObjectName } from '../services.ts'

const textOf = (segment: string): string => (segment === '-' ? '' : segment)

/** The object that a path names: `-` stands for the core group and for the namespace of a cluster-scoped object. */
export const objectNamed = ({ group, kind, namespace, name }: ObjectName): ObjectName => ({
  group: textOf(group),
  kind,
  namespace: textOf(namespace),
  name,
})
