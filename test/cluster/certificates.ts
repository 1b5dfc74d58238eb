import { generateKeyPairSync } from 'node:crypto'
import { isIP } from 'node:net'
import { generate } from 'selfsigned'

/** A certificate and its private key, both PEM. */
export type KeyPair = { readonly certificate: string; readonly key: string }

/** A certificate authority that signs for servers and for Kubernetes users. */
export type Authority = KeyPair & {
  /** A certificate for these host names and IP addresses, good as server and as client. */
  server(name: string, hosts: readonly string[]): Promise<KeyPair>
  /** A client certificate, which the API server reads as the user `user` in the groups `groups`. */
  client(user: string, groups: readonly string[]): Promise<KeyPair>
}

/** Makes a new authority on the P-256 curve, valid for a year; it signs only in memory. */
export async function makeAuthority(name: string): Promise<Authority> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  })
  const ca = { key: made.private, cert: made.cert }
  const sign = async (user: string, groups: readonly string[], hosts: readonly string[]): Promise<KeyPair> => {
    const subject = [
      ...groups.map((group) => ({ name: 'organizationName', value: group })),
      { name: 'commonName', value: user },
    ]
    const signed = await generate(subject, {
      keyType: 'ec',
      algorithm: 'sha256',
      ca,
      extensions: [
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', clientAuth: true, serverAuth: hosts.length > 0 },
        ...(hosts.length > 0 ? [{ name: 'subjectAltName' as const, altNames: hosts.map(altName) }] : []),
      ],
    })
    return { certificate: signed.cert, key: signed.private }
  }
  return {
    certificate: made.cert,
    key: made.private,
    server: (server, hosts) => sign(server, [], hosts),
    client: (user, groups) => sign(user, groups, []),
  }
}

/** A key that signs service account tokens, with its public half; both PEM. */
export function makeSigningKey(): { readonly privateKey: string; readonly publicKey: string } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { privateKey, publicKey }
}

/** Types 7 and 2 are iPAddress and dNSName (RFC 5280, section 4.2.1.6). */
function altName(host: string): { type: 7; ip: string } | { type: 2; value: string } {
  return isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host }
}
