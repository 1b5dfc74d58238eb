/** Numbers as people read them, with their unit. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** `1,204,331` */
export const count = (value: number): string => whole.format(value)

/** A number with what it counts: `1 case`, `20 cases`. */
export const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** At most four characters and a unit: `999`, `1.2 k`, `34 M`. */
export const short = (value: number): string => scaled(value, 1000, ['', 'k', 'M', 'G', 'T'])

/** `0 B`, `1.2 KiB`, `34 MiB` */
export const bytes = (value: number): string => scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])

/** `0/s`, `0.4/s`, `120/s` */
export const rate = (perSecond: number): string => {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1/s'
  return `${perSecond < 10 ? trim(perSecond) : short(perSecond)}/s`
}

/** A length of time given in milliseconds: `38 ms`, `1.2 s`, `12 min`, `3 h`, `5 d`. */
export const duration = (millis: number): string => {
  const value = Math.max(0, millis)
  if (value < 1000) return `${Math.round(value)} ms`
  if (value < 60_000) return `${trim(value / 1000)} s`
  if (value < 3_600_000) return `${Math.floor(value / 60_000)} min`
  if (value < 172_800_000) return `${trim(value / 3_600_000)} h`
  return `${Math.floor(value / 86_400_000)} d`
}

const scaled = (value: number, base: number, units: readonly string[]): string => {
  let step = 0
  let rest = value
  while (rest >= base && step < units.length - 1) {
    rest /= base
    step += 1
  }
  const unit = units[step] ?? ''
  const text = step === 0 ? whole.format(rest) : trim(rest)
  return unit === '' ? text : `${text} ${unit}`
}

/** One digit of fraction below ten, none above, and never `.0`. */
const trim = (value: number): string => (value < 10 ? value.toFixed(1).replace(/\.0$/, '') : whole.format(value))

/** `+3`, `−2`, `0`: a difference, with the sign that stands as high as the plus. */
export const difference = (value: number): string =>
  value === 0 ? '0' : `${value > 0 ? '+' : '−'}${count(Math.abs(value))}`
