/**
 * How often each rule of ours fires on the shipped recordings, as it stands in the rules under bulwark.noise.
 * `node test/rules/noise.ts` tells what differs, `--write` brings the files up to date.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ruleFiles, rulesFolder } from './files.ts'
import { judgeOf } from './judge.ts'
import { isOfAttack, judgedRecords } from './recording.ts'

/** Detections of a rule, and how many of them have no event of the attack. */
export interface Noise {
  readonly detections: number
  readonly normal: number
}

/** Of each rule that fired on the shop's recording, by its name. */
export const measureNoise = async (): Promise<ReadonlyMap<string, Noise>> => {
  const records = await judgedRecords('shop')
  const noise = new Map<string, Noise>()
  for (const { rule, events: seen } of judgeOf(ruleFiles('bulwark'), 'bulwark').judgeRecords(records)) {
    const { detections, normal } = noise.get(rule) ?? none
    noise.set(rule, { detections: detections + 1, normal: normal + (seen.some(isOfAttack) ? 0 : 1) })
  }
  return noise
}

export const none: Noise = { detections: 0, normal: 0 }

/** The text of a file of rules with the figures in it. */
export const withNoise = (text: string, noise: ReadonlyMap<string, Noise>): string =>
  text
    .split(/^---$/m)
    .map((document) => {
      const name = /^name: (\S+)$/m.exec(document)?.[1] ?? ''
      const { detections, normal } = noise.get(name) ?? none
      return document.replace(/^ {4}shop: .*$/m, `    shop: { detections: ${detections}, normal: ${normal} }`)
    })
    .join('---')

if (import.meta.main) {
  const noise = await measureNoise()
  for (const { name, text } of ruleFiles('bulwark')) {
    const measured = withNoise(text, noise)
    if (measured === text) continue
    console.log(name)
    if (process.argv.includes('--write')) writeFileSync(join(rulesFolder, name), measured)
    else process.exitCode = 1
  }
}
