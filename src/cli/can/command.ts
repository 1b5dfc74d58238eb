import { Command } from 'commander'
import { collect } from '../objects/world-options.ts'
import { type CanOptions, type CanProcess, tell, withCanOptions } from './answer.ts'
import { paths } from './paths.ts'
import { principalOf } from './principal.ts'
import { whatCan } from './what-can.ts'
import { whoCan } from './who-can.ts'
import { why } from './why.ts'

const examples = `
Examples:
  $ bulwark can who-can get secrets -n shop                          by the running server's record, as it is now
  $ bulwark can who-can create pods/exec --anywhere --at 2h          in any namespace, two hours ago
  $ bulwark can what-can serviceaccount/shop/web -f deploy/          by manifests
  $ bulwark can why alice delete deployments.apps web -n shop --group devs
  $ bulwark can why system:anonymous get /metrics
  $ kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml | bulwark can paths group/devs -f -

RESOURCE is as in a rule of RBAC: pods, pods/log, deployments.apps/scale, or a path such as /metrics. SUBJECT and USER
are a user name, group/NAME, or serviceaccount/NAMESPACE/NAME; further groups of theirs are given with --group. Only RBAC
is asked: a Node or Webhook authorizer may allow more.

Exit codes: 0 answered (why: allowed), 1 why: not allowed, 2 wrong usage, 3 something could not be read.`

interface Scoped extends CanOptions {
  readonly namespace?: string
}

interface WithGroups extends Scoped {
  readonly group: readonly string[]
}

/** `bulwark can …`: questions about permissions. Hands one of the exit codes to `exit` when it is done. */
export const canCommand = (
  around: CanProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command => {
  const question = (name: string, description: string): Command => {
    const command = new Command(name).description(description)
    return name === 'paths' ? command : command.option('-n, --namespace <name>', 'in this namespace')
  }
  const whoCanCommand = question('who-can', 'list who may do something, and by which binding and rule')
    .argument('<verb>', 'get, list, create, impersonate, …')
    .argument('<resource>', 'pods, pods/exec, deployments.apps, /metrics')
    .argument('[name]', 'one object')
    .option('-A, --anywhere', 'also who may in single namespaces only', false)
    .action(async (verb: string, what: string, name: string | undefined, options: Scoped & { anywhere: boolean }) => {
      const asked = { verb, what, name: name ?? '', namespace: options.namespace }
      exit(await tell(options, around, async (world, grants) => whoCan(world, grants, asked, options.anywhere)))
    })
  const whatCanCommand = withGroupOption(question('what-can', 'list the rules that somebody has'))
    .argument('<subject>', 'a user, group/NAME, or serviceaccount/NAMESPACE/NAME')
    .action(async (subject: string, options: WithGroups) => {
      const user = principalOf(subject, options.group)
      exit(await tell(options, around, async (world, grants) => whatCan(world, grants, user, options.namespace)))
    })
  const whyCommand = withGroupOption(question('why', 'tell whether somebody may, and why or why not'))
    .argument('<user>', 'a user, group/NAME, or serviceaccount/NAMESPACE/NAME')
    .argument('<verb>', 'get, list, create, impersonate, …')
    .argument('<resource>', 'pods, pods/exec, deployments.apps, /metrics')
    .argument('[name]', 'one object')
    .action(async (subject: string, verb: string, what: string, name: string | undefined, options: WithGroups) => {
      const user = principalOf(subject, options.group)
      const asked = { verb, what, name: name ?? '', namespace: options.namespace }
      exit(await tell(options, around, async (world, grants) => why(world, grants, user, asked)))
    })
  const pathsCommand = withGroupOption(question('paths', 'tell what somebody can become, step by step'))
    .argument('<subject>', 'a user, group/NAME, or serviceaccount/NAMESPACE/NAME')
    .action(async (subject: string, options: WithGroups) => {
      const user = principalOf(subject, options.group)
      exit(await tell(options, around, (world, grants) => paths(world, grants, user)))
    })
  const can = new Command('can').description('answer who may do what, and why').addHelpText('after', examples)
  for (const command of [whoCanCommand, whatCanCommand, whyCommand, pathsCommand]) {
    can.addCommand(withCanOptions(command).addHelpText('after', examples))
  }
  return can
}

const withGroupOption = (command: Command): Command =>
  command.option('-g, --group <name>', 'a group of the user (may be repeated)', collect, [])
