import type { Append, Source } from '../../model/source.ts'
import { type FileTailOptions, fileSource, type Written } from '../intake/file-tail.ts'
import { glance } from './glance.ts'

const written: Written = {
  stream: 'audit',
  type: 'audit-file',
  ask: "is it the API server's --audit-log-path?",
  glance,
  silentMicros: 120_000_000,
}

/** A source that follows an audit log file (kube-apiserver's `--audit-log-path`, or an export of a cloud). */
export const auditFileSource = (options: FileTailOptions, append: Append): Source =>
  fileSource(written, options, append)
