import type { LoggedRequest, ReplayReport } from '@meshwright/route-analysis'

/** A replay as plain text: how many requests move, from where to where, with examples. */
export function replayText(report: ReplayReport): string {
  const { requests, verdicts, classes, unlisted, unreadable, notLogged } = report
  const lines = [
    `${requests} requests: ${verdicts.same} go where they went, ${verdicts.elsewhere} elsewhere, ${verdicts.possible} perhaps, ${verdicts.undecided} undecided`,
    ...classes.flatMap(({ verdict, from, to, count, examples }) => [
      '',
      `${count} ${verdict}: ${from} → ${to}`,
      ...examples.map((example) => `  line ${example.line}: ${requestText(example)}`),
    ]),
  ]
  if (unlisted > 0) lines.push('', `${unlisted} requests of further classes are not listed`)
  if (unreadable.count > 0) {
    lines.push('', `${unreadable.count} lines could not be read:`)
    for (const { line, unreadable: reason, text } of unreadable.first) {
      lines.push(`  line ${line}: ${reason}: ${text}`)
    }
  }
  if (notLogged.length > 0) {
    lines.push('', `taken as absent, because the log has none of them: ${notLogged.join(', ')}`)
  }
  return `${lines.join('\n')}\n`
}

function requestText({ method, path, authority, scheme = 'https' }: LoggedRequest): string {
  return `${method} ${scheme}://${authority}${path}`
}
