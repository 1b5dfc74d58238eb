/**
 * The thread of the records: entries of the spool in, and out come what rules found, blocks for the store, and what is of
 * use to the live state. The thread that started it receives, makes durable and acknowledges meanwhile.
 */
import { parentPort } from 'node:worker_threads'
import { createSubjects } from '../../detect/subjects.ts'
import { microsFromMillis } from '../../model/time.ts'
import { deliverHere } from '../../recorder/index.ts'
import { judgeHere } from '../detection/judge-elsewhere.ts'
import { liveHere } from '../live.ts'
import { parsers } from '../parsers.ts'
import { threadEnds } from './channels.ts'
import { blocksHere } from './store-blocks.ts'

if (parentPort === null) throw new Error('thread.ts is started by pipeline/index.ts')

const ends = threadEnds(parentPort)
const live = liveHere(ends.live)
const judge = judgeHere(ends.judge, createSubjects(live.subjectsOf))
const store = blocksHere(ends.blocks)
deliverHere(ends.delivery, {
  parsers,
  sinks: () => ({ live: [live.sink, judge.sink()].filter((sink) => sink !== undefined), store }),
  now: () => microsFromMillis(Date.now()),
})
