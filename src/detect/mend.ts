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
  [/there is no modifier/, 'Correct it, or remove it; the Sigma specification lists the modifiers'],
  [/has to be the first modifier/, 'Put that modifier right behind the field'],
  [/(?:list|map) is empty/, 'Write at least one value, or remove the key'],
  [/has no condition/, 'Add condition: with the names of the searches, as in condition: selection'],
  [/has no search/, 'Add a search beside the condition, as in selection: {verb: create}'],
  [/the condition uses|no search has a name like/, 'Name a search of this detection, or add the one that is meant'],
  [/is not in the language/, 'Write 1 of, any of or all of; numbers of events are for a correlation'],
  [/a parenthesis is not closed/, 'Close the parenthesis'],
  [/^condition /, 'A condition is names joined by and, or, not, 1 of x*, all of x*, and parentheses'],
  [/cannot encode wildcards/, 'Put a backslash before * and ? that are meant as they stand'],
  [/has to be a single value/, 'Write a text, number or boolean, or a list of them'],
  [
    /needs (?:a number|a text|true or false)/,
    'Give the value as the modifier needs it: numbers and booleans without quotes',
  ],
  [/is not a network/, 'Write a network such as 10.0.0.0/8 or fd00::/8'],
  [/refers to itself/, 'Take one of the correlations out of the circle'],
  [/refers to|no rule|not defined/, 'Correct the name, or load the file that defines it as well'],
]

export const mendOf = (what: string): string =>
  mends.find(([when]) => when.test(what))?.[1] ??
  'Mend this document and save the file; the other rules are not touched'
