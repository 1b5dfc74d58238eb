/** Texts to begin with: a new rule, or a copy of one that is there. Pure; the id is given. */
import type { RuleLanguage } from '../../../../model/rule.ts'

export const newRule = (
  id: string,
  author: string,
  date: string,
): string => `title: What happened, in words for a person
id: ${id}
status: experimental
author: ${author === '' ? 'me' : JSON.stringify(author)}
date: ${date}
description: Who did what to what.
references: []
tags: []
logsource:
  product: kubernetes
  service: audit
detection:
  selection:
    verb: create
    objectRef.resource: pods
    objectRef.subresource: exec
  failed:
    responseStatus.code|gte: 400
  condition: selection and not failed
falsepositives: []
level: medium
`

/**
 * A copy that can run beside the rule it was made of: another id, and the title says what it is. Author, licence and
 * references stay, as licences of stock sets ask for. Falco's rules have no id: their name is what tells them apart.
 */
export const copyOf = (text: string, language: RuleLanguage, id: string): string => {
  const falco = /^(\s*-\s*rule:[ \t]*)(.*)$/m
  if (language === 'falco') return text.replace(falco, (_line, key: string, name: string) => key + copiedTitle(name))
  const titled = text.replace(/^(title:[ \t]*)(.*)$/m, (_line, key: string, title: string) => key + copiedTitle(title))
  const named = titled.replace(
    /^(name:[ \t]*)(\S+)[ \t]*$/m,
    (_line, key: string, name: string) => `${key}${name}-copy`,
  )
  return /^id:.*$/m.test(named) ? named.replace(/^id:.*$/m, `id: ${id}`) : `id: ${id}\n${named}`
}

const copiedTitle = (title: string): string => {
  const trimmed = title.trimEnd()
  const quote = /^(["']).*\1$/.exec(trimmed)?.[1]
  return quote === undefined ? `${trimmed} (copy)` : `${trimmed.slice(0, -1)} (copy)${quote}`
}

/** A name to save it under, from the title. */
export const nameFrom = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48)
    .replace(/-+$/, '')
