import { createFalcoEngine, loadFalcoRules, parseExactly } from '../../engines/falco/index.ts'
import type { RuleLanguage } from './language.ts'

/** Rules files of Falco. All rules that match an event are told, not only the first. */
export const falcoLanguage: RuleLanguage = {
  name: 'falco',
  recognises: (text) => itemKey.test(text),
  load: (files) => {
    const loaded = loadFalcoRules(files)
    const engine = createFalcoEngine(loaded, { matching: 'all' })
    return {
      rules: loaded.rules.map(({ name, priority, source, tags, enabled, state, file, line }) => ({
        name,
        language: 'falco',
        severity: priority,
        source,
        tags,
        state: state === 'served' ? (enabled ? 'ready' : 'disabled') : state,
        file,
        line,
      })),
      faults: loaded.problems.map(({ severity, code, item, name, what, mend, file, line, column }) => ({
        severity,
        code,
        subject: name === '' ? '' : `${item} "${name}"`,
        what,
        mend,
        file,
        line,
        column,
      })),
      evaluate: ({ text }) => {
        const reading = parseExactly(text)
        if (reading.kind === 'bad') return undefined
        return engine.evaluate(reading.event)?.map(({ rule, priority, time, output }) => ({
          rule,
          severity: priority,
          time,
          text: output,
        }))
      },
    }
  },
}

/** A key that only items of Falco's files have, in block or flow style. */
const itemKey =
  /(?:^\s*(?:-\s+)?|[{,]\s*)["']?(?:rule|macro|list|required_engine_version|required_plugin_versions)["']?\s*:/m
