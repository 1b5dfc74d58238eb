/**
 * Events for a second of CPU of the whole process, collection of garbage included: the best of five runs after one to warm
 * up, since what else runs on the machine only ever slows one.
 */
export const cpuRate = (count: number, run: () => void): number => {
  run()
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5; i++) {
    const started = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(started)
    best = Math.min(best, user + system)
  }
  return Math.round((count * 1_000_000) / best)
}
