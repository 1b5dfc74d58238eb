import { BulwarkError } from '../model/error.ts'

/** An address to listen on. */
export interface Address {
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /** True when only this machine reaches it. */
  readonly loopback: boolean
  /** As a URL writes it: `127.0.0.1:7300`, `[::1]:7300`. */
  readonly text: string
}

const pattern = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/
const loopback = /^(127(\.\d{1,3}){3}|::1|localhost)$/

/** Reads `HOST:PORT` (`[::1]:7300` for IPv6). Throws BulwarkError CONFIG_INVALID naming the flag it was given to. */
export const parseAddress = (flag: string, text: string): Address => {
  const match = pattern.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port > 65_535) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: `"${text}" is not an address to listen on`,
      where: `--${flag}`,
      mend: 'Write HOST:PORT with a port up to 65535, for example 127.0.0.1:7300',
    })
  }
  return { host, port, loopback: loopback.test(host), text: `${host.includes(':') ? `[${host}]` : host}:${port}` }
}
