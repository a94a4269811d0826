import { applyHeaderMutations, type HeaderMutations } from '@meshwright/route-matcher'
import { compileFormat, type Format, type FormatContext } from '@meshwright/substitution-format'
import type { HeaderList } from '../http/header-list.ts'

/** Most templates there can be before the oldest are compiled anew. */
const maxTemplates = 10_000

/** Applies the header mutations of routes; each template is compiled once. */
export class HeaderFormatter {
  readonly #compiled = new Map<string, Format>()

  apply(levels: readonly HeaderMutations[], headers: HeaderList, context: FormatContext): void {
    if (levels.length === 0) return
    applyHeaderMutations(levels, headers, (template) =>
      template.includes('%') ? this.#format(template).format(context) : template,
    )
  }

  #format(template: string): Format {
    const known = this.#compiled.get(template)
    if (known !== undefined) return known
    if (this.#compiled.size >= maxTemplates) this.#compiled.clear()
    // Envoy leaves out what is missing in headers, where access logs have a dash.
    const made = compileFormat(template, { omitEmptyValues: true })
    this.#compiled.set(template, made)
    return made
  }
}
