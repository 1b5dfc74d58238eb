import { replaySource } from '../sources/replay/index.ts'
import type { Connected, Watching } from './watching.ts'

/** A recording, replayed as if it happened. Throws BulwarkError RECORDING_INVALID. */
export const watchRecording = async (
  target: { readonly file: string; readonly speed: number | 'max' },
  { recorder, deliver }: Connected,
): Promise<Watching> => {
  const source = await replaySource(
    { id: 'replay', file: target.file, speed: target.speed, moveToNow: true },
    recorder.append,
  )
  return {
    cluster: source.header.cluster,
    recording: {
      description: source.header.description,
      recordedFrom: source.header.from,
      recordedTo: source.header.to,
    },
    sources: () => [source],
    kinds: () => [],
    audit: () => undefined,
    sensors: () => [],
    listen: async () => {},
    begin: async () => {
      deliver()
      await source.start()
    },
    stop: () => source.stop(),
  }
}
