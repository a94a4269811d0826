import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Relative links of a markdown page that lead nowhere, as they are written; `file` is the page's path. */
export function brokenLinks(file: string, markdown = readFileSync(file, 'utf8')): string[] {
  return linksOf(markdown).filter((link) => {
    const [path = '', anchor] = link.split('#', 2)
    if (path === '') return !anchorsOf(markdown).has(anchor ?? '')
    const target = join(dirname(file), decodeURIComponent(path))
    if (!existsSync(target)) return true
    if (anchor === undefined || !target.endsWith('.md')) return false
    return !anchorsOf(readFileSync(target, 'utf8')).has(anchor)
  })
}

/** Links within the repository, in order; those in code do not count. */
export function linksOf(markdown: string): string[] {
  const prose = withoutFences(markdown).replace(/`[^`\n]*`/g, (code) => '`'.repeat(code.length))
  return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z][a-z+.-]*:/i.test(link))
}

/** Anchors that GitHub gives the headings of a page. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, title = ''] of withoutFences(markdown).matchAll(/^#{1,6}\s+(.*)$/gm)) {
    const base = slugOf(title)
    let anchor = base
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${base}-${again}`
    anchors.add(anchor)
  }
  return anchors
}

function slugOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^(```+)[^\n]*\n[\s\S]*?^\1[^\n]*$/gm, '')
}
