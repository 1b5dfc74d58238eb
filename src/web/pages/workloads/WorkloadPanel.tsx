import { useQuery } from '@tanstack/react-query'
import type { WorkloadRef } from '../../../model/finding.ts'
import { podSecurityLevels, type WorkloadPosture } from '../../../model/posture.ts'
import { workloadQuery } from '../../api/queries.ts'
import { yamlLines } from '../../json/yaml.ts'
import { messages } from '../../messages.ts'
import { CopyBlock, CopyButton } from '../../parts/CopyButton.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { FindingList } from '../../parts/FindingList.tsx'
import { Level } from '../../parts/Level.tsx'
import { ObjectName } from '../../parts/ObjectName.tsx'
import { OwnedTree } from '../../parts/OwnedTree.tsx'
import { Progress } from '../../parts/Progress.tsx'
import { SidePanel } from '../../parts/SidePanel.tsx'
import { findingsByLevel } from './findings-by-level.ts'
import { patchCommand, wholePatch } from './patch-command.ts'

interface Props {
  readonly workload: WorkloadRef
  readonly at: string | undefined
  readonly onClose: () => void
}

/** One workload: what it reaches, what keeps it from the next level, the patch, what belongs to it. */
export const WorkloadPanel = ({ workload, at, onClose }: Props) => {
  const posture = useQuery(workloadQuery(workload, at))
  return (
    <SidePanel label={messages.workloads.panel} onClose={onClose}>
      <ObjectName object={workload} withCopy />
      <Progress busy={posture.isFetching && !posture.data} />
      {posture.error && <Fault error={posture.error} retry={() => void posture.refetch()} />}
      {posture.data && <Detail posture={posture.data} past={at !== undefined} />}
    </SidePanel>
  )
}

const Detail = ({ posture, past }: { readonly posture: WorkloadPosture; readonly past: boolean }) => {
  const next = podSecurityLevels[podSecurityLevels.indexOf(posture.level) + 1]
  return (
    <>
      <p className="flex items-center gap-2 pt-2">
        {messages.workloads.reaches} <Level level={posture.level} />
      </p>
      {next ? (
        findingsByLevel(posture.level, posture.findings).map((group) => (
          <section key={group.level} className="pt-4">
            <h3 className="heading">
              {group.level === next
                ? messages.workloads.keeps(group.level)
                : messages.workloads.keepsFurther(group.level)}
            </h3>
            <FindingList findings={group.findings} />
          </section>
        ))
      ) : (
        <p className="pt-2 text-proven">{messages.workloads.atTop}</p>
      )}
      {next && <Patch posture={posture} past={past} />}
      <section className="pt-5">
        <h3 className="heading pb-1">{messages.workloads.tree}</h3>
        {posture.tree.length === 0 ? (
          <p className="text-dim">{messages.workloads.noTree}</p>
        ) : (
          <OwnedTree objects={posture.tree} namespace={posture.workload.namespace} />
        )}
      </section>
    </>
  )
}

/** The patch to look at and to copy; nothing is applied from here, and none is offered for the past. */
const Patch = ({ posture, past }: { readonly posture: WorkloadPosture; readonly past: boolean }) => {
  const { patch, workload } = posture
  const command = patch && patchCommand(workload, patch)
  return (
    <section className="pt-5">
      <h3 className="heading pb-1">{messages.workloads.patch}</h3>
      {past ? (
        <p className="text-dim">{messages.workloads.past}</p>
      ) : !patch ? (
        <p className="text-dim">{messages.workloads.noPatch}</p>
      ) : (
        <>
          <CopyBlock
            text={yamlLines(wholePatch(workload.kind, patch) ?? patch).join('\n')}
            label={messages.workloads.patch}
          />
          <p className="py-1.5 text-12 text-dim">{messages.workloads.patchNote}</p>
          {command && <CopyButton text={command} label={messages.workloads.patchAs.command} wide />}
        </>
      )}
    </section>
  )
}
