import type { JsonObject } from '../../model/json.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { Matcher } from './evaluate.ts'
import { RuleTree } from './rule-tree.ts'
import { EventView } from './view.ts'

/**
 * Compiles predicates that are asked together; regular expressions in them have been checked before. What it finds is
 * what `evaluate` finds of each. It remembers the last event that it saw, so it is not for two at once.
 */
export const createMatcher = (predicates: readonly Predicate[]): Matcher => {
  const view = new EventView()
  let tree = new RuleTree(predicates, view)
  return {
    matches: (event: JsonObject) => {
      if (tree.work > maxWork) tree = new RuleTree(predicates, view)
      view.show(event)
      let found: number[] | undefined
      for (const { node, rules } of tree.candidates()) {
        if (!node.check()) continue
        found ??= []
        for (const rule of rules) found.push(rule)
      }
      return found === undefined ? none : found.sort((a, b) => a - b)
    },
  }
}

const none: readonly number[] = []

/** Candidates looked at to grow the tree before it begins anew: whoever makes up events makes it grow. */
const maxWork = 1_000_000
