import { join } from 'node:path'
import type { RuleFile } from '../../detect/rule-set.ts'
import { readShipped, type ShippedSet } from '../../server/detection/rule-keeper.ts'

/** The folder with a folder for each shipped set. */
export const rulesFolder = join(import.meta.dirname, '..', '..', '..', 'rules')

/** Rules of a set as this version ships them. */
export const shippedRules = (set: ShippedSet): readonly RuleFile[] => readShipped(join(rulesFolder, set), set)
