import { type Command, Option } from 'commander'
import { defaultAuditListen, defaultListen, ruleSets } from '../config/settings.ts'

/** Adds what `serve` and `record` share: which cluster, the audit log, the sensors. */
export const withClusterOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'the kubeconfig to read (default: as kubectl does)')
    .option('--context <name>', 'its context')
    .addOption(
      new Option(
        '--secrets <mode>',
        'what to read of Secrets: nothing, or their metadata and key names; never values',
      ).choices(['none', 'metadata']),
    )
    .option(
      '--audit-listen <host:port>',
      `where the audit webhook is received, or off (default: ${defaultAuditListen}, off with --audit-log)`,
    )
    .option('--audit-tls-cert <file>', 'receive the audit webhook by HTTPS, with this certificate')
    .option('--audit-tls-key <file>', 'and this key')
    .option('--audit-client-ca <file>', 'accept client certificates of this authority instead of the token')
    .option('--audit-log <file>', 'follow an audit log file of the API server, or an export of a cloud')
    .option('--falco-listen <host:port>', "receive Falco's alerts there (see bulwark connect falco)")
    .option('--falco-log <file>', "follow the file of Falco's file_output")
    .option('--tetragon-listen <host:port>', "receive Tetragon's events there (see bulwark connect tetragon)")
    .option('--tetragon-log <file>', 'follow the file that Tetragon exports to')
    .option('--sensor-tls-cert <file>', 'receive Falco and Tetragon by HTTPS, with this certificate')
    .option('--sensor-tls-key <file>', 'and this key')
    .option('--sensor-client-ca <file>', 'accept client certificates of this authority instead of the token')

/** Adds which rules run. */
export const withRuleOptions = (command: Command): Command =>
  command
    .option('--rule-sets <names>', `which shipped rules are on: ${ruleSets.join(', ')}, or none (default: bulwark)`)
    .option(
      '--rules <place>',
      'rules of yours: a file, a folder (both watched), an https address (may be repeated)',
      more,
    )
    .option('--rules-allow <hosts>', 'hosts and networks inside that rules may be fetched from')
    .option('--rules-namespace <name>', 'run the rules in ConfigMaps labelled bulwark.dev/rules=true of this namespace')
    .option('--suppressions <path>', 'suppressions: a file or a folder (watched; may be repeated)', more)
    .option(
      '--suppression-status <mode>',
      'write: tell in the status of each Suppression of the cluster how it does (default: off)',
    )
    .option('--outputs <file>', 'whom to tell of cases (default: nobody)')

/** Adds what only a server takes. */
export const withServeOptions = (command: Command): Command =>
  withRuleOptions(withClusterOptions(command))
    .option('--listen <host:port>', `where the page and the API are served (default: ${defaultListen})`)
    .option('--port <port>', 'the port alone; 0 takes any free one')
    .option('--token <token>', 'a fixed token (better: BULWARK_TOKEN); needed when others reach the address')
    .option('--data-dir <dir>', 'where the record lies (default: ~/.local/share/bulwark, a folder for each cluster)')
    .option('--store <url>', 'a ClickHouse to keep the record in, instead of the embedded one')
    .option('--retention-days <days>', 'how long events and object versions are kept (default: 395)')
    .option('--raw-retention-days <days>', 'how long the whole body of an event is kept (default: 30)')
const more = (place: string, before: readonly string[] = []): readonly string[] => [...before, place]
