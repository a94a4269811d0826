import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import process from 'node:process'

// Imported by Node ahead of a program: adds a line to a file, when the program ends, of what it has loaded.
const file = process.env['RECORD_MODULES_TO']
const modules: string[] = []
registerHooks({
  load(url, context, next) {
    if (!url.startsWith('node:')) modules.push(url)
    return next(url, context)
  },
})
process.on('exit', () => {
  if (file !== undefined)
    appendFileSync(file, `${JSON.stringify({ modules, builtins: builtins() })}\n`)
})

/** Modules of Node itself, such as `net` and `internal/deps/undici/undici`. */
function builtins(): string[] {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] }
  return moduleLoadList
    .filter((it) => it.startsWith('NativeModule '))
    .map((it) => it.slice('NativeModule '.length))
}
