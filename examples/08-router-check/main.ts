// Tests in the format of Envoy's router check tool, and what they do not notice.
import { run } from '@meshwright/cli'

process.chdir(import.meta.dirname)
const commands = [
  ['check', '-c', 'routes.yaml', '-t', 'tests.yaml', '--details', '--fail-under', '100'],
  ['coverage', 'routes.yaml', '-t', 'tests.yaml'],
  ['mutate', 'routes.yaml', '-t', 'tests.yaml', '--fail-under', '70'],
]
for (const args of commands) {
  console.log(`$ meshwright route ${args.join(' ')}`)
  const code = await run(['route', ...args])
  console.log(`exit code ${code}\n`)
}
