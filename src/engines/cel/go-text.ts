/** Text of numbers and strings as Go prints them, where it can be seen in results and errors. */

/** `%g` of a double with the shortest digits: an exponent below 1e-4 and from 1e6 on, of at least two digits. */
export function formatG(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const e = Number(exponent)
  if (e < -4 || e >= 6) return `${digits}e${e < 0 ? '-' : '+'}${String(Math.abs(e)).padStart(2, '0')}`
  return formatF(value)
}

/** The shortest decimal digits without an exponent (`strconv.FormatFloat(v, 'f', -1, 64)`). */
export function formatF(value: number): string {
  if (!Number.isFinite(value)) return formatG(value)
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const point = Number(exponent) + 1
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** `%.{precision}f`, rounded half to even on the exact value of the double. */
export function formatFixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatG(value)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const { digits, scale } = exactDigits(Math.abs(value))
  const rounded = roundDigits(digits, scale - precision)
    .toString()
    .padStart(precision + 1, '0')
  return precision === 0 ? sign + rounded : `${sign}${rounded.slice(0, -precision)}.${rounded.slice(-precision)}`
}

/** `%.{precision}e`, with at least two exponent digits. */
export function formatScientific(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatG(value)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const { digits, scale } = exactDigits(Math.abs(value))
  let exponent = digits === 0n ? 0 : digits.toString().length - 1 - scale
  let rounded = roundDigits(digits, digits === 0n ? 0 : scale + exponent - precision).toString()
  if (rounded.length > precision + 1 && digits !== 0n) {
    exponent++
    rounded = rounded.slice(0, precision + 1)
  }
  const mantissa = rounded.padEnd(precision + 1, '0')
  const shown = precision === 0 ? mantissa : `${mantissa.slice(0, 1)}.${mantissa.slice(1)}`
  return `${sign}${shown}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** A double as digits / 10^scale, exactly. */
function exactDigits(value: number): { readonly digits: bigint; readonly scale: number } {
  let shift = 0
  let scaled = value
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    shift++
  }
  return { digits: BigInt(scaled) * 5n ** BigInt(shift), scale: shift }
}

/** Drops the last `places` digits, rounding half to even; a negative number appends zeros. */
function roundDigits(digits: bigint, places: number): bigint {
  if (places <= 0) return digits * 10n ** BigInt(-places)
  const unit = 10n ** BigInt(places)
  const whole = digits / unit
  const twice = (digits % unit) * 2n
  return twice > unit || (twice === unit && whole % 2n === 1n) ? whole + 1n : whole
}
