import { compileFormat, FormatError } from '@meshwright/substitution-format'
import type { Fault, Report } from '../field.ts'
import type { HeaderOperations } from '../spec/virtual-service.ts'

/** What proxies refuse to do to headers is a fault here, with its line, and not a rejected update. */
export function headersCanChange(operations: HeaderOperations, report: Report): void {
  for (const field of ['set', 'add'] as const) {
    for (const [name, value] of Object.entries(operations[field] ?? {})) {
      const fault = pseudoHeaderFault(name) ?? formatFault(name, value)
      if (fault !== undefined) report([field, name], fault)
    }
  }
  for (const [i, name] of (operations.remove ?? []).entries()) {
    const fault = pseudoHeaderFault(name)
    if (fault !== undefined) report(['remove', i], fault)
  }
}

function formatFault(name: string, value: string): Fault | undefined {
  if (!value.includes('%')) return undefined
  try {
    compileFormat(value)
    return undefined
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const reasons = error.faults.map((it) => it.message).join('; ')
    return {
      code: 'ERR_CONFIG_VALUE',
      message: `the value of ${name} is a format for proxies, and no sound one: ${reasons}`,
      expected: 'text, %% for a percent sign, or an operator such as %REQ(x-user)%',
      got: JSON.stringify(value),
    }
  }
}

/** `:authority` is a rewrite of the host; no other pseudo-header may be touched. */
function pseudoHeaderFault(name: string): Fault | undefined {
  if (!name.startsWith(':') || name.toLowerCase() === ':authority') return undefined
  return {
    code: 'ERR_CONFIG_VALUE',
    message: `no proxy changes ${name} as a header`,
    expected: 'the name of a header; rewrite changes path and host',
    got: name,
  }
}
