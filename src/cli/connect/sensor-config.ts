/** Where a receiver is and the token that it wants. */
export interface Receiver {
  readonly url: string
  readonly token: string
}

/** Names of what can be connected, and the sensor that each sends for. */
export const connectable = { falco: 'falco', falcosidekick: 'falco', tetragon: 'tetragon' } as const
export type Connectable = keyof typeof connectable

/** The configuration that makes a sensor, or who passes on what it tells, send to a receiver. */
export const sensorConfig = (what: Connectable, receiver: Receiver): string => {
  switch (what) {
    case 'falco':
      return falco(receiver)
    case 'falcosidekick':
      return falcosidekick(receiver)
    case 'tetragon':
      return tetragon(receiver)
  }
}

/** Falco sends no headers of ours: the token stands in the path. */
const falco = ({ url, token }: Receiver): string => `# falco.yaml
json_output: true
json_include_output_property: true
json_include_output_fields_property: true
json_include_tags_property: true
http_output:
  enabled: true
  url: ${JSON.stringify(`${url}/${token}`)}
  keep_alive: true
  # Of an HTTPS receiver whose certificate no public authority signed:
  # ca_cert: /etc/falco/bulwark-ca.crt
# How many system calls were dropped becomes a gap in the record.
metrics:
  enabled: true
  interval: 1m
  output_rule: true
  kernel_event_counters_enabled: true
`

const falcosidekick = ({ url, token }: Receiver): string => `# config.yaml of falcosidekick
webhook:
  address: ${JSON.stringify(url)}
  method: POST
  customHeaders:
    Authorization: ${JSON.stringify(`Bearer ${token}`)}
  minimumpriority: ""
`

const tetragon = ({ url, token }: Receiver): string => {
  const { protocol, hostname, port, pathname } = new URL(url)
  const isTls = protocol === 'https:'
  return `# Fluent Bit: fluent-bit.conf on each node
[INPUT]
    Name            tail
    Path            /var/run/cilium/tetragon/tetragon.log
    DB              /var/lib/fluent-bit/tetragon.db
    Read_from_Head  On

[OUTPUT]
    Name            http
    Match           *
    Host            ${hostname}
    Port            ${port || (isTls ? '443' : '80')}
    URI             ${pathname}
    Header          Authorization Bearer ${token}
    Format          json_lines
    Compress        gzip
    Retry_Limit     no_limits
    tls             ${isTls ? 'On' : 'Off'}

# Or Vector: vector.yaml on each node
# sources:
#   tetragon:
#     type: file
#     include: [/var/run/cilium/tetragon/tetragon.log]
# sinks:
#   bulwark:
#     type: http
#     inputs: [tetragon]
#     uri: ${url}
#     auth: {strategy: bearer, token: ${token}}
#     encoding: {codec: json}
#     framing: {method: newline_delimited}
#     compression: gzip
#     acknowledgements: {enabled: true}
`
}
