import { type Command, Option } from 'commander'
import { loadWorld, type World, type WorldChoice } from '../objects/load.ts'
import { honestyOf, withWorldOptions } from '../objects/world-options.ts'
import type { ScanProcess } from '../scan/command.ts'
import { exitCodes } from '../terminal.ts'
import { type Grants, loadGrants } from './grants.ts'

/** What the command needs of the process around it. */
export type CanProcess = ScanProcess

/** Options of every question. */
export interface CanOptions extends WorldChoice {
  readonly output: 'table' | 'json'
}

/** An answer in both forms. `code` is the exit code where everything could be read. */
export interface Answer {
  readonly lines: readonly string[]
  readonly json: object
  readonly code: number
}

/** Adds the options of every question. */
export const withCanOptions = (command: Command): Command =>
  withWorldOptions(command).addOption(
    new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'),
  )

/**
 * Loads what the question is asked of, and prints the answer. Gives the exit code: 3 when something could not be read,
 * which outweighs the answer's own.
 */
export const tell = async (
  options: CanOptions,
  around: CanProcess,
  answer: (world: World, grants: Grants) => Promise<Answer>,
): Promise<number> => {
  const world = await loadWorld(options, around)
  const grants = await loadGrants(world)
  const { lines, json, code } = await answer(world, grants)
  const problems = [...world.problems, ...grants.problems]
  const complete = problems.length === 0
  if (options.output === 'json') {
    const notes = [...world.notes, ...grants.notes]
    around.stdout.write(`${JSON.stringify({ ...json, origin: world.origin, complete, problems, notes }, null, 2)}\n`)
  } else {
    around.stdout.write(lines.map((line) => `${line}\n`).join(''))
    around.stderr.write(honestyOf(problems, [...world.notes, ...grants.notes]))
  }
  return complete ? code : exitCodes.failed
}
