import { Command } from 'commander'
import { isObject } from '../model/json.ts'
import { clientFor, type ServerChoice } from './client.ts'
import { withServerOptions } from './server-options.ts'

/** `bulwark link`: a new link that signs a browser in, once. */
export const linkCommand = (): Command =>
  withServerOptions(
    new Command('link').description('print a new one-time link to the page of a running server'),
  ).action(async (options: ServerChoice) => {
    const client = clientFor(options, process.env)
    const answer = await client.post('/api/v1/links')
    const path = isObject(answer) && typeof answer.path === 'string' ? answer.path : '/login'
    console.log(new URL(path, client.url).href)
  })
