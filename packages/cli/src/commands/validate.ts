import { type Diagnostic, formatDiagnostic } from '@meshwright/mesh-config'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCode } from '../exit-code.ts'
import { sarifOf } from '../output/sarif.ts'
import { readMesh } from './read-mesh.ts'

interface ValidateFlags {
  readonly format: 'text' | 'json' | 'sarif'
}

/** `meshwright validate PATH…` */
export function addValidate(program: Command, { terminal, setExitCode }: CommandContext): void {
  program
    .command('validate')
    .description('check configuration; report every fault of every file')
    .argument('<path...>', 'files, or directories of .yaml, .yml and .json files')
    .addOption(
      new Option('--format <format>', 'text for people, json or sarif for machines')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .action(async (paths: readonly string[], { format }: ValidateFlags) => {
      const { diagnostics } = await readMesh(paths)
      terminal.stdout(render[format](diagnostics))
      if (countOf(diagnostics, 'error') > 0) setExitCode(exitCode.failed)
    })
}

const render: Readonly<Record<ValidateFlags['format'], (all: readonly Diagnostic[]) => string>> = {
  text: (all) => [...all.map(formatDiagnostic), summary(all), ''].join('\n'),
  json: (all) => `${JSON.stringify({ diagnostics: all }, undefined, 2)}\n`,
  sarif: (all) => `${JSON.stringify(sarifOf(all), undefined, 2)}\n`,
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const counts = (['error', 'warning'] as const).map((severity) => {
    const count = countOf(diagnostics, severity)
    return `${count} ${severity}${count === 1 ? '' : 's'}`
  })
  return counts.join(', ')
}

function countOf(diagnostics: readonly Diagnostic[], severity: Diagnostic['severity']): number {
  return diagnostics.filter((it) => it.severity === severity).length
}
