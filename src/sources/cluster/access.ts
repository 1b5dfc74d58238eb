import type { JsonObject } from '../../model/json.ts'

/** Bytes that stand in the kubeconfig itself, or in a file that is read anew for each connection (it may be rotated). */
export type Material =
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly path: string }

/** Where one cluster is and as whom we speak to it: one context of a kubeconfig, or the pod's own service account. */
export interface ClusterAccess {
  /** The context's name; `in-cluster` inside a pod. */
  readonly context: string
  /** Where it was read, for a person: `/home/a/.kube/config, context "prod"`. */
  readonly from: string
  /** `https://host:port` with the path prefix, if any, and no slash at the end. */
  readonly server: string
  readonly ca: Material | undefined
  readonly serverName: string | undefined
  readonly skipVerify: boolean
  readonly proxyUrl: string | undefined
  readonly user: UserAccess
}

/** One user of a kubeconfig. Several ways may be set at once: all are sent, as kubectl does. */
export interface UserAccess {
  readonly certificate: Material | undefined
  readonly key: Material | undefined
  readonly token: Material | undefined
  readonly basic: { readonly username: string; readonly password: string } | undefined
  /** `Impersonate-*` headers. */
  readonly impersonate: Readonly<Record<string, string | string[]>>
  readonly exec: ExecPlugin | undefined
  /** The legacy `auth-provider` entry as it stands in the file. */
  readonly authProvider: JsonObject | undefined
}

/** A user who shows nothing. */
export const noCredentials: UserAccess = {
  certificate: undefined,
  key: undefined,
  token: undefined,
  basic: undefined,
  impersonate: {},
  exec: undefined,
  authProvider: undefined,
}

/** A program that gives credentials: `users[].user.exec`. */
export interface ExecPlugin {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly installHint: string
  readonly provideClusterInfo: boolean
  readonly interactiveMode: string
}
