// What a reviewer is told about a change of routing rules: the commands that a workflow runs, one after the other.
import { run } from '@meshwright/cli'

process.chdir(import.meta.dirname)
const commands = [
  ['diff', 'before', 'after'],
  ['diff', 'before', 'tidied'],
  ['unreachable', 'after'],
  ['replay', 'access.log', 'after', '--before', 'before', '--log-header', 'x-user'],
]
for (const args of commands) {
  console.log(`$ meshwright route ${args.join(' ')}`)
  const code = await run(['route', ...args])
  console.log(`exit code ${code}\n`)
}
