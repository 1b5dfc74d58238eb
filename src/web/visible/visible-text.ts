/** Text as it is written, with what would hide in it or turn it round made visible. Pure. */

/**
 * Characters that show nothing, or change how the text beside them reads: controls (line breaks and tabs are left as they
 * are), formats such as U+202E that turns the direction and U+200B that has no width, separators of lines, and fillers.
 */
const hidden = /[[\p{Cc}\p{Cf}\u115f\u1160\u2028\u2029\u3164\uffa0]--[\t\n\r]]|\u034f/gv

/** `alice[U+200B]@shop`: names that look alike are told apart, and a name does not turn the sentence that it stands in. */
export const visibleText = (text: string): string =>
  text.replace(hidden, (each) => `[U+${(each.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)
