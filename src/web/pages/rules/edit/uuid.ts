/** A UUID of version 4. `crypto.randomUUID` is there only on pages that are served safely; this works on any. */
export const uuid = (random: Uint8Array = crypto.getRandomValues(new Uint8Array(16))): string => {
  const hex = Array.from(random, (byte, index) =>
    (index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, '0'),
  ).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
