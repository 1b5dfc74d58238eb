import type { Predicate } from '../../model/predicate.ts'

/** True of every event. */
export const everything: Predicate = { kind: 'all', terms: [] }

/**
 * True of whatever the predicate is true of, and asked with less: the detector looks at each event again, so more than it
 * asked for costs a little time and changes nothing. What must not be is left out: filters over all rules make it long.
 */
export const loosened = (predicate: Predicate): Predicate => {
  switch (predicate.kind) {
    case 'not':
      return everything
    case 'all': {
      const terms = predicate.terms.map(loosened).filter((term) => !isEverything(term))
      return { kind: 'all', terms }
    }
    case 'any': {
      const terms = predicate.terms.map(loosened)
      return terms.some(isEverything) ? everything : { kind: 'any', terms }
    }
    case 'field':
    case 'anywhere':
    case 'fields':
      return predicate
  }
}

const isEverything = (predicate: Predicate): boolean => predicate.kind === 'all' && predicate.terms.length === 0
