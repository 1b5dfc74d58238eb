import type { Looked } from './tests.ts'

/** Longer texts are seldom seen again. */
const longest = 256
const mostKnown = 1024
/** After so many texts it is looked at whether they come again. */
const trial = 4096

/**
 * Remembers what tests of texts said of a text, for tests that take longer than a look into a map: the same few user
 * agents and user names come again and again. Where texts do not (paths, made-up names), it stops trying.
 */
export const remembering = (test: (looked: Looked) => boolean): ((looked: Looked) => boolean) => {
  const known = new Map<string, boolean>()
  let asked = 0
  let met = 0
  let isUseful = true
  return (field) => {
    if (!isUseful) return test(field)
    const texts = field.texts()
    const [text] = texts
    if (text === undefined || texts.length > 1 || text.length > longest) return test(field)
    asked += 1
    const before = known.get(text)
    if (before !== undefined) {
      met += 1
      return before
    }
    if (asked >= trial) {
      isUseful = met * 2 > asked
      asked = 0
      met = 0
    }
    if (known.size >= mostKnown || !isUseful) known.clear()
    const answer = test(field)
    known.set(text, answer)
    return answer
  }
}
