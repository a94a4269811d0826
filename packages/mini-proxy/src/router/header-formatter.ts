import {
  applyHeaderMutationList,
  applyHeaderMutations,
  type BodyFormat,
  type FormatTemplate,
  type HeaderMutation,
  type HeaderMutations,
} from '@meshwright/route-matcher'
import { compileFormat, type Format, type FormatContext } from '@meshwright/substitution-format'
import type { JsonTemplate } from '../access-log/substitution-format-string.ts'
import type { HeaderList } from '../http/header-list.ts'

/** Most templates there can be before the oldest are compiled anew. */
const maxTemplates = 10_000

/** Applies the header mutations of routes; each template is compiled once. */
export class HeaderFormatter {
  readonly #compiled = new Map<string, Format>()

  apply(levels: readonly HeaderMutations[], headers: HeaderList, context: FormatContext): void {
    if (levels.length === 0) return
    applyHeaderMutations(levels, headers, (template) => this.text(context)(template, true))
  }

  /** Applies a list of mutations, each on what the one before left. */
  applyList(
    mutations: readonly HeaderMutation[],
    headers: HeaderList,
    context: FormatContext,
  ): void {
    if (mutations.length === 0) return
    const listable = {
      has: (name: string) => headers.has(name),
      set: (name: string, value: string) => headers.set(name, value),
      append: (name: string, value: string) => headers.append(name, value),
      remove: (name: string) => headers.remove(name),
      names: () => Array.from(headers, ([name]) => name.toLowerCase()),
    }
    applyHeaderMutationList(mutations, listable, (template) => this.text(context)(template, true))
  }

  /** Fills in templates of a route for one request. */
  text(context: FormatContext): FormatTemplate {
    return (template, omitEmptyValues) =>
      template.includes('%') ? this.#format(template, omitEmptyValues).format(context) : template
  }

  /** Fills in the template of a body. */
  body({ template, omitEmptyValues }: BodyFormat, context: FormatContext): string {
    if (typeof template === 'string') return this.text(context)(template, omitEmptyValues)
    // Its leaves came out of JSON.
    return compileFormat(template as JsonTemplate, { omitEmptyValues }).format(context)
  }

  /** Envoy leaves out what is missing in headers, where access logs have a dash. */
  #format(template: string, omitEmptyValues: boolean): Format {
    const key = `${omitEmptyValues ? '' : '-'}%${template}`
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    if (this.#compiled.size >= maxTemplates) this.#compiled.clear()
    const made = compileFormat(template, { omitEmptyValues })
    this.#compiled.set(key, made)
    return made
  }
}
