import type { Address } from '../config/address.ts'
import type { Settings } from '../config/settings.ts'
import type { Sensor } from '../model/record.ts'
import type { Append, Source } from '../model/source.ts'
import { falcoFileSource, falcoSource } from '../sources/falco/index.ts'
import { tetragonFileSource, tetragonSource } from '../sources/tetragon/index.ts'
import { receiverToken } from './receiver-token.ts'
import { readTlsFiles } from './tls-files.ts'

/** Where what a sensor tells is received, and the token that it has to bear. */
export interface SensorReceiver {
  readonly sensor: Sensor
  readonly url: string
  readonly token: string
}

/** The sources of runtime sensors that the settings ask for, not started. */
export interface SensorSources {
  readonly all: readonly Source[]
  /** Those that listen now. */
  receivers(): readonly SensorReceiver[]
}

/** `dataDir` keeps tokens and the places in files. Throws CONFIG_INVALID for PEM files that cannot be read. */
export const sensorSources = (settings: Settings, cluster: string, dataDir: string, append: Append): SensorSources => {
  const { falcoListen, falcoLog, tetragonListen, tetragonLog, sensorTls } = settings
  const tls = sensorTls && readTlsFiles('sensor', sensorTls)
  const receiving = (sensor: Sensor, listen: Address | undefined, receive: typeof falcoSource) => {
    if (listen === undefined) return []
    const token = receiverToken(dataDir, sensor)
    const { host, port } = listen
    const source = receive({ id: sensor, cluster, host, port, path: `/${sensor}`, token, ...(tls && { tls }) }, append)
    return [{ sensor, source, token }]
  }
  const following = (sensor: Sensor, file: string | undefined, follow: typeof falcoFileSource) =>
    file === undefined ? [] : [follow({ id: `${sensor}-file`, cluster, file, stateDir: dataDir }, append)]
  const receivers = [
    ...receiving('falco', falcoListen, falcoSource),
    ...receiving('tetragon', tetragonListen, tetragonSource),
  ]
  return {
    all: [
      ...receivers.map(({ source }) => source),
      ...following('falco', falcoLog, falcoFileSource),
      ...following('tetragon', tetragonLog, tetragonFileSource),
    ],
    receivers: () =>
      receivers.flatMap(({ sensor, source, token }) => {
        const url = source.url()
        return url === undefined ? [] : [{ sensor, url, token }]
      }),
  }
}
