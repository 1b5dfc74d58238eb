/** How to put a refused document right, where the engine that refused it does not say. */
const mends: readonly (readonly [RegExp, string])[] = [
  [/is not YAML|not valid YAML/, 'Look at the indentation, quotes and colons of this line and the one before it'],
  [/is there twice/, 'Remove one of the two keys'],
  [/is taken by/, 'Give one of the two another id or name, or remove it'],
  [/has no title/, 'Add a line title: with a few words'],
  [/is no UUID/, 'Make a UUID (uuidgen) and write it as id:'],
  [/one of detection/, 'A rule has detection:, a correlation has correlation:, a filter has filter:'],
  [/logsource/, 'Write logsource: {product: kubernetes, service: audit}'],
  [/placeholder/i, 'Write the values out in place of the placeholder'],
  [/regular expression|regex/i, 'Expressions are those of RE2: no lookaround, no backreferences'],
  [/refers to|no rule|not defined/, 'Correct the name, or load the file that defines it as well'],
]

export const mendOf = (what: string): string =>
  mends.find(([when]) => when.test(what))?.[1] ??
  'Mend this document and save the file; the other rules are not touched'
