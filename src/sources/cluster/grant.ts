import { type Kind, kindName } from './kind.ts'

/**
 * The commands that let us read a kind, to be run by somebody who may grant it.
 *
 * @param message the API server's refusal, which names us: `pods is forbidden: User "alice" cannot list …`
 */
export function grantCommands(kind: Kind, message: string): string {
  const role = `bulwark-${kindName(kind)}`
  const create = `kubectl create clusterrole ${role} --verb=get,list,watch --resource=${kindName(kind)}`
  const bind = `kubectl create clusterrolebinding ${role} --clusterrole=${role} ${subject(message)}`
  return `Let Bulwark read it: ${create} && ${bind}`
}

function subject(message: string): string {
  const user = /User "([^"]*)"/.exec(message)?.[1]
  if (user === undefined) return '--user=NAME'
  const account = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user)?.[1]
  return account === undefined ? `--user=${quoted(user)}` : `--serviceaccount=${quoted(account)}`
}

/** As one word for a shell. */
const quoted = (word: string): string => (/^[\w@.:/-]+$/.test(word) ? word : `'${word.replaceAll("'", () => "'\\''")}'`)
