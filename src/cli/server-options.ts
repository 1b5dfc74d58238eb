import type { Command } from 'commander'

/** Adds the options by which a command names the server that it asks. */
export const withServerOptions = (command: Command): Command =>
  command
    .option('--server <url>', 'the server to ask (default: yours that runs on this machine; BULWARK_SERVER)')
    .option('--token <token>', 'its token (better: BULWARK_TOKEN, which other users cannot see)')
