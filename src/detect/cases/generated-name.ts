/**
 * Names that Kubernetes makes: `<name>-<five letters>` (generateName, DaemonSets, Jobs), `<name>-<hash>-<five letters>`
 * (pods of a Deployment), `<name>-<minutes>` with or without letters (CronJobs). The letters are those of
 * k8s.io/apimachinery/pkg/util/rand, which has no vowels; the hash is as long as a 32-bit number in them.
 */
const generated =
  /^(.+?)(-[bcdf-hj-np-tv-xz2456789]{6,10}-[bcdf-hj-np-tv-xz2456789]{5}|-\d{8}(?:-[bcdf-hj-np-tv-xz2456789]{5})?|-[bcdf-hj-np-tv-xz2456789]{5})$/

/** The part of a name that a person chose, with its `-`; undefined where nothing of it seems to be generated. */
export const chosenPart = (name: string): string | undefined => {
  // No Kubernetes name is longer; the pattern looks at each place of the name twice at most.
  const found = name.length > 253 ? null : generated.exec(name)
  return found?.[1] === undefined ? undefined : `${found[1]}-`
}

/** The name without what was generated: of a pod mostly the name of its workload. */
export const stemOf = (name: string): string => chosenPart(name)?.slice(0, -1) ?? name
