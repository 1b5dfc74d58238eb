/**
 * Finds secrets in a text by their form. Every pattern has bounded repetitions or a single greedy class, so that no text
 * takes more than linear time.
 */

/** Replaces one secret value by a text that hides it. */
export type Mask = (value: string) => string

/** A look for anything that the patterns below could find. */
const hint =
  /eyJ|ZXlK|-----BEGIN|LS0tLS1CRUdJTi|A[KS]IA|:\/\/|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AIza|k_live_|npm_|dckr_pat_|hvs\.|earer |EARER |asic |ASIC |ass(?:w|phrase)|ASS(?:W|PHRASE)|oken|OKEN|ecret|ECRET|[kK]ey|KEY|[pP]wd|PWD|redential|REDENTIAL/

/**
 * One rare pair of characters of each alternative of `hint`. A loop over pairs is some ten times quicker than the
 * pattern, and nearly all texts of a cluster have none of these.
 */
const pairs =
  'yJ,lK,-B,S0,IA,//,p_,o_,u_,s_,r_,t_,lp,xo,Iz,k_,m_,vs,r ,R ,c ,C ,sw,SW,hr,HR,ke,KE,Ke,cr,CR,Cr,wd,WD,ey,EY'

const pairTable = new Uint8Array(128 * 128)
for (const pair of pairs.split(',')) pairTable[pair.charCodeAt(0) * 128 + pair.charCodeAt(1)] = 1

/** Longer than any alternative of `hint`. */
const around = 16
const mostLooks = 4

/** The same as `hint.test(text)`, but looks only at the places with one of the pairs, as long as they are few. */
const mayHold = (text: string): boolean => {
  let previous = 0
  let looks = 0
  for (let at = 0; at < text.length; at++) {
    const next = text.charCodeAt(at) & 127
    if (pairTable[previous * 128 + next] === 1) {
      if (++looks > mostLooks) return hint.test(text)
      if (hint.test(text.slice(Math.max(0, at - around), at + around))) return true
    }
    previous = next
  }
  return false
}

/** The same text, with every secret in it masked; the very same string when there is none. */
export const redactText = (text: string, mask: Mask): string => {
  if (text.length < 8 || !mayHold(text)) return text
  let clean = maskPrivateKeys(text, mask)
  clean = clean.replace(run, (found) => maskRun(found, mask))
  clean = clean.replace(issued, mask)
  clean = clean.replace(authorization, (_, scheme: string, value: string) => `${scheme}${mask(value)}`)
  clean = clean.replace(urlPassword, (_, before: string, value: string) => `${before}${mask(value)}@`)
  return clean.replace(assignment, (all, name: string, suffix: string, glue: string, value: string) =>
    namesPlace.test(suffix) || isReference(value) ? all : `${name}${suffix}${glue}${mask(value)}`,
  )
}

/** Texts like configuration files, where `password: x` is an assignment too. */
export const redactConfiguration = (text: string, mask: Mask): string =>
  redactText(text, mask).replace(property, (all, name: string, suffix: string, glue: string, value: string) =>
    namesPlace.test(suffix) || isReference(value) ? all : `${name}${suffix}${glue}${mask(value)}`,
  )

const run = /[A-Za-z0-9_.+/=-]{24,}/g

/** Tokens with an issuer's prefix: AWS, GitHub, GitLab, Slack, Google, Stripe, npm, Docker, Vault. */
const issued =
  /\b(?:A[KS]IA[A-Z2-7]{16}\b|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,64}|xox[abeoprs]-[\w-]{10,255}|AIza[\w-]{35}|[sr]k_live_\w{16,255}|npm_\w{36}|dckr_pat_[\w-]{20,64}|hvs\.[\w-]{20,255})/g

const authorization = /\b((?:bearer|basic) {1,4})([A-Za-z0-9_.~+/=-]{16,4096})/gi

const urlPassword = /(:\/\/[^\s/:@]{0,256}:)([^\s/@]{1,1024})@/g

const word = 'password|passwd|passphrase|pwd|token|secret|api[_-]?key|access[_-]?key|private[_-]?key|credentials?'

/** `--password=x`, `PASSWORD=x`, `--token x`, `?token=x` */
const assignment = new RegExp(
  `(${word})([\\w-]{0,40})(=["']?|(?<=--[\\w-]{1,60})["']? {1,4})([^\\s"'&;,]{4,4096})`,
  'gi',
)

/** `password: x`, `"token": "x"`, `client-key-data: x` */
const property = new RegExp(
  `(${word}|client-key-data)([\\w-]{0,40})(["']?[ \\t]{0,8}:[ \\t]{0,8}["']?)([^\\s"',;]{4,4096})`,
  'gi',
)

/** `token-file`, `secretName`: the value says where a secret is, not what it is. */
const namesPlace = /(?:file|path|dir|name|ref|refs|url|uri|id|ttl|seconds|type|provider|class)$/i

/** Values that are no secrets: references to variables, paths, switches, numbers, and what is masked already. */
const isReference = (value: string): boolean =>
  /^(?:\$[({\w]|\/[\w.-]{1,128}\/|true$|false$|null$|none$|\d{1,8}$|<|\[redacted|%5Bredacted|\{\{)/i.test(value)

const begin = '-----BEGIN '
const end = '-----END '

const maskPrivateKeys = (text: string, mask: Mask): string => {
  let from = text.indexOf(begin)
  if (from < 0) return text
  let done = 0
  let clean = ''
  while (from >= 0) {
    const isKey = text.slice(from, from + 64).includes('PRIVATE KEY-----')
    const close = text.indexOf(end, from)
    const closed = close < 0 ? -1 : text.indexOf('-----', close + end.length)
    const to = closed < 0 ? text.length : closed + 5
    if (isKey) {
      clean += text.slice(done, from) + mask(text.slice(from, to))
      done = to
    }
    from = text.indexOf(begin, to)
  }
  return clean + text.slice(done)
}

/** A long run of token characters: a JWT in it, or base64 of a JWT or of a private key. */
const maskRun = (found: string, mask: Mask): string => {
  const jwt = found.indexOf('eyJ')
  if (jwt >= 0 && isJwt(found.slice(jwt))) return found.slice(0, jwt) + mask(found.slice(jwt))
  const wrapped = found.indexOf('ZXlK')
  if (wrapped >= 0 && isJwt(decode64(found.slice(wrapped)))) return found.slice(0, wrapped) + mask(found.slice(wrapped))
  const pem = found.indexOf('LS0tLS1CRUdJTi')
  if (pem >= 0 && decode64(found.slice(pem)).includes('PRIVATE KEY-----'))
    return found.slice(0, pem) + mask(found.slice(pem))
  return found
}

const isJwt = (text: string): boolean => {
  const [header = '', body = '', signature] = text.split('.', 3)
  if (signature === undefined || body.length < 8 || header.length > 4096) return false
  const decoded = Buffer.from(header, 'base64url').toString('latin1')
  return decoded.startsWith('{"') && /"(?:alg|enc)"/.test(decoded)
}

const decode64 = (text: string): string => Buffer.from(text, 'base64').toString('latin1')
