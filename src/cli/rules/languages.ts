import { falcoLanguage } from './falco.ts'
import type { RuleLanguage } from './language.ts'

/** Every language of rules; a file is of the first that recognises it. */
export const languages: readonly RuleLanguage[] = [falcoLanguage]
