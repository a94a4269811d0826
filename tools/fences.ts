const fenceForm = /^```ts\n([\s\S]*?)^```/gm
const arrowForm = /^(\s*)(?!\s*\/\/)(.+?);?\s*\/\/ => (.+)$/gm
const bindingForm = /^(?:const|let)\s+(\w+)\b/

/** The ```ts fences of a Markdown page, in order; fences marked `no-run` are left out. */
export function fencesOf(markdown: string): string[] {
  return [...markdown.matchAll(fenceForm)].map(([, code = '']) => code)
}

/**
 * The program of a fence: each `expression // => value` asserts deep equality; after a declaration, the value is that of
 * the name declared.
 */
export function assertionsOf(fence: string): string {
  const code = fence.replace(arrowForm, (_, indent: string, left: string, right: string) => {
    const name = bindingForm.exec(left)?.[1]
    const check = `assert.deepStrictEqual(${name ?? left}, ${right})`
    return name === undefined ? `${indent}${check}` : `${indent}${left}\n${indent}${check}`
  })
  return `import assert from 'node:assert/strict'\n${code}`
}
