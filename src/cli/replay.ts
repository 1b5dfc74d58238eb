import { Command } from 'commander'
import type { Flags } from '../config/settings.ts'
import { serve } from './serve.ts'
import { withRuleOptions } from './serve-options.ts'

const examples = `
Examples:
  $ bulwark replay incident.jsonl.zst               all at once, its times moved so that it ends now
  $ bulwark replay incident.jsonl.zst --speed 1     as it happened`

/** `bulwark replay FILE`: the page of a recording. */
export const replayCommand = (): Command =>
  withRuleOptions(new Command('replay').description('look at a recording: the same server and page, fed from a file'))
    .argument('<file>', 'a recording made by `bulwark record`')
    .option('--speed <factor>', 'how fast: 1 is as it happened, max is at once (the default)')
    .option('--listen <host:port>', 'where the page and the API are served')
    .option('--port <port>', 'the port alone; 0 takes any free one')
    .option('--data-dir <dir>', 'keep what is stored there (default: a temporary folder)')
    .addHelpText('after', examples)
    .action((file: string, flags: Flags) => serve({ ...flags, recording: file }))
