import { execFileSync } from 'node:child_process'

const binary = 'packages/cli/dist/main.js'

/** The page on the `meshwright` command: what its help says, command by command. The packages must be built. */
export function cliPage(): string {
  const main = help()
  const commands = commandsOf(main)
  return [
    '# The `meshwright` command',
    'For someone who needs to know a flag. This is what `meshwright help` prints; what the commands promise is in\n[their package](../../packages/cli/README.md).',
    fence(main.slice(0, main.indexOf('Exit codes:'))),
    '## Exit codes',
    fence(main.slice(main.indexOf('Exit codes:'), main.indexOf('Examples:'))),
    '## Examples',
    fence(main.slice(main.indexOf('Examples:'))),
    ...commands.flatMap((name) => sections([name])),
  ].join('\n\n')
}

/** The help of a command, then that of the commands below it. */
function sections(path: readonly string[]): readonly string[] {
  const text = help(...path)
  const below = commandsOf(text).flatMap((name) => sections([...path, name]))
  return [`${'#'.repeat(path.length + 1)} ${path.join(' ')}`, fence(text), ...below]
}

/** Names of the commands in a help text, `help` itself left out. */
export function commandsOf(help: string): string[] {
  const start = help.indexOf('Commands:')
  if (start === -1) return []
  const lines = help.slice(start, help.indexOf('\n\n', start)).split('\n').slice(1)
  return lines
    .flatMap((line) => /^ {2}([a-z][a-z-]*)\b/.exec(line)?.[1] ?? [])
    .filter((it) => it !== 'help')
}

function help(...command: string[]): string {
  // Help is as wide as the terminal: without one, 80 columns.
  const args = [...command.slice(0, -1), 'help', ...command.slice(-1)]
  return execFileSync(process.execPath, [binary, ...args], { encoding: 'utf8' })
}

function fence(text: string): string {
  return `\`\`\`text\n${text.trim()}\n\`\`\``
}
