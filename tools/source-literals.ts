/**
 * Texts in single quotes inside the brackets of `const NAME = …` in a program text, in order.
 *
 * @throws {Error} if there is no such constant, or nothing in it: the page that asked would be wrong
 */
export function literalsOf(source: string, name: string): string[] {
  const declared = new RegExp(`const ${name}\\b[\\s\\S]*?\\s=\\s+(?:new Set\\()?([[{])`).exec(
    source,
  )
  if (declared === null) throw new Error(`expected a constant ${name}, found none`)
  const from = declared.index + declared[0].length - 1
  const block = balanced(source, from)
  const texts = [...block.matchAll(/'([^'\n]+)'/g)].map(([, text = '']) => text)
  if (texts.length === 0) throw new Error(`expected texts in the constant ${name}, found none`)
  return texts
}

/** Fields that a program text refuses: the lists given to `refuseFields`, in order, each once. */
export function refusedFieldsOf(source: string): string[] {
  const named = /const unsupported\b/.test(source) ? literalsOf(source, 'unsupported') : []
  const inline = [...source.matchAll(/refuseFields\([^[()]*(\[[^\]]*\])/g)].flatMap(
    ([, list = '']) => [...list.matchAll(/'([^'\n]+)'/g)].map(([, text = '']) => text),
  )
  return [...new Set([...named, ...inline])]
}

const closing: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')' }

function balanced(source: string, from: number): string {
  const open: string[] = []
  for (let at = from; at < source.length; at += 1) {
    const char = source.charAt(at)
    const close = closing[char]
    if (close !== undefined) open.push(close)
    else if (char === open.at(-1)) open.pop()
    if (open.length === 0) return source.slice(from, at + 1)
  }
  throw new Error('expected a closing bracket, found the end')
}
