import { createHash } from 'node:crypto'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** Where Bulwark keeps things on this machine, by the XDG base directories. */
const dataHome = (env: Environment): string => join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'bulwark')

/**
 * The data directory of a cluster: one for each API server, so that two contexts of one cluster share their record and
 * two clusters of one name do not. `name` is for the eye of a person.
 */
export const clusterDataDir = (name: string, serverUrl: string, env: Environment): string => {
  const readable = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60)
  const hash = createHash('sha256').update(serverUrl).digest('hex').slice(0, 8)
  return join(dataHome(env), 'clusters', `${readable}-${hash}`)
}

/** The prefix of the data directories of replayed recordings: made new at each start and removed at its end. */
export const recordingDataDirPrefix = (): string => join(tmpdir(), 'bulwark-recording-')

/** The folder where servers that run leave word of themselves for the command line. */
export const runningServersDir = (env: Environment): string =>
  join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'bulwark', 'servers')
