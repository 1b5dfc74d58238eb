import { Argument, Command } from 'commander'
import { runningServers } from '../../config/running-server.ts'
import { BulwarkError } from '../../model/error.ts'
import { type Connectable, connectable, sensorConfig } from './sensor-config.ts'

const examples = `
Examples:
  $ bulwark connect falco                          what to put into falco.yaml
  $ bulwark connect falcosidekick
  $ bulwark connect tetragon --url https://bulwark.example.com:7303/tetragon

The configuration holds the token of the receiver: keep it readable by the sensor alone.`

/** `bulwark connect WHAT`: the configuration by which a sensor sends to the server that runs here. */
export const connectCommand = (): Command =>
  new Command('connect')
    .description('print the configuration by which Falco or Tetragon sends to the server that runs here')
    .addArgument(new Argument('<what>', 'who shall send').choices(Object.keys(connectable)))
    .option('--url <url>', 'the address at which the nodes reach it, where that is another')
    .addHelpText('after', examples)
    .action((what: Connectable, { url }: { readonly url?: string }) => {
      const sensor = connectable[what]
      const receivers = runningServers(process.env).flatMap(({ sensors }) => sensors ?? [])
      const receiver = receivers.find((one) => one.sensor === sensor)
      if (receiver === undefined) {
        throw new BulwarkError('RUNTIME_MISSING', {
          what: `no server of yours on this machine receives ${sensor}`,
          mend: `Start one with --${sensor}-listen HOST:PORT`,
        })
      }
      if (url !== undefined && URL.parse(url) === null) {
        throw new BulwarkError('CONFIG_INVALID', {
          what: `"${url}" is no address`,
          where: '--url',
          mend: `Write it as ${receiver.url}`,
        })
      }
      process.stdout.write(sensorConfig(what, { token: receiver.token, url: url ?? receiver.url }))
    })
