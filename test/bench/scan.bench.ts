// bulwark scan over 1 to 10,000 workloads as YAML files: wall time and peak memory of the whole command, start included.
// Where kube-score or polaris is on the PATH, the same files go through it in the same run.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, runBench } from './report.ts'

const sizes = [1, 100, 1000, 10_000]
const workloadsPerFile = 100
const runs = 3
const gateMillis = 3000

const cli = join(import.meta.dirname, '..', '..', 'bin', 'start.mjs')

/** A Deployment as people write them, 1.4 kB. Every third is fine, every third misses settings, every third is privileged. */
const workloadYaml = (index: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
  namespace: team-${index % 50}
  labels:
    app.kubernetes.io/name: app-${index}
    app.kubernetes.io/part-of: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: app-${index}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-${index}
    spec:
      serviceAccountName: app-${index}
${index % 3 === 0 ? '      securityContext:\n        runAsNonRoot: true\n        seccompProfile:\n          type: RuntimeDefault\n' : ''}      containers:
        - name: app
          image: registry.example.com/shop/app:1.${index}
          args: ["--port=8080", "--log=json"]
          env:
            - name: DB_HOST
              value: "db-${index}.shop.svc"
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: db-${index}
                  key: password
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
          securityContext:
            readOnlyRootFilesystem: true
${index % 3 === 0 ? '            allowPrivilegeEscalation: false\n            capabilities:\n              drop: ["ALL"]\n' : ''}${index % 3 === 2 ? '            privileged: true\n' : ''}          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          emptyDir: {}
`

const writeWorkloads = (folder: string, count: number): void => {
  mkdirSync(folder)
  for (let first = 0; first < count; first += workloadsPerFile) {
    const last = Math.min(count, first + workloadsPerFile)
    const documents = Array.from({ length: last - first }, (_, index) => workloadYaml(first + index))
    writeFileSync(join(folder, `${String(first).padStart(6, '0')}.yaml`), documents.join('---\n'))
  }
}

interface Run {
  readonly millis: number
  /** Of all threads together; unlike the time, it tells little of what else the machine does. */
  readonly cpuMillis: number
  readonly peakMiB: number
}

/** The child writes what it used to its fourth channel as it ends. */
const reportUsage =
  "data:text/javascript,import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, JSON.stringify(process.resourceUsage())))"

const runScan = async (folder: string): Promise<Run> => {
  const started = performance.now()
  const child = spawn(
    process.execPath,
    ['--import', reportUsage, cli, 'scan', '--quiet', '--fail-on', 'never', folder],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    },
  )
  let usage = ''
  child.stdio[3]?.on('data', (chunk) => {
    usage += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (code !== 0 || usage === '') throw new Error(`scan ended with exit code ${code}`)
  const millis = performance.now() - started
  const { maxRSS, userCPUTime, systemCPUTime }: NodeJS.ResourceUsage = JSON.parse(usage)
  return { millis, cpuMillis: (userCPUTime + systemCPUTime) / 1000, peakMiB: maxRSS / 1024 }
}

const peers: readonly { readonly program: string; args(folder: string): readonly string[] }[] = [
  {
    program: 'kube-score',
    args: (folder) => ['score', ...readdirSync(folder).map((name) => join(folder, name))],
  },
  { program: 'polaris', args: (folder) => ['audit', '--audit-path', folder] },
]

/** Milliseconds that a peer takes, undefined where it is not on the PATH. */
const runPeer = (program: string, args: readonly string[]): number | undefined => {
  const started = performance.now()
  const { error } = spawnSync(program, args, { stdio: 'ignore' })
  return error === undefined ? performance.now() - started : undefined
}

const bench: Bench = async (report) => {
  const root = mkdtempSync(join(tmpdir(), 'bench-scan-'))
  try {
    for (const size of sizes) {
      const folder = join(root, String(size))
      writeWorkloads(folder, size)
      const all: Run[] = []
      for (let run = 0; run < runs; run += 1) all.push(await runScan(folder))
      all.sort((a, b) => a.millis - b.millis)
      const [best] = all
      const median = all[Math.floor(runs / 2)]
      if (best === undefined || median === undefined) throw new Error('there are runs')
      const gate = size === 10_000 ? { gate: { atMost: gateMillis } } : {}
      const note = `median of ${runs}, best ${Math.round(best.millis)} ms, CPU ${Math.round(best.cpuMillis)} ms`
      report({ name: `scan of ${size} workloads`, value: median.millis, unit: 'ms', ...gate, note })
      report({
        name: `scan of ${size} workloads, peak memory`,
        value: Math.max(...all.map((one) => one.peakMiB)),
        unit: 'MiB',
      })
      for (const { program, args } of peers) {
        const millis = runPeer(program, args(folder))
        if (millis === undefined) continue
        const name = `${program} takes this many times as long for ${size}`
        report({ name, value: millis / median.millis, unit: '×', note: `${Math.round(millis)} ms` })
      }
    }
  } finally {
    rmSync(root, { recursive: true })
  }
}

export default bench
await runBench(import.meta, bench)
