import { sourceText } from '../route-source.ts'
import { type ChangeText, changeText, type MeshDiff, requestsText } from './mesh-diff.ts'

/** What both prose formats say first. */
function verdict({ equivalent, changes, unknown, compared, untold }: MeshDiff): string {
  if (equivalent) {
    return `Nothing changes, proven: every request is answered as before (${count(compared, 'route configuration')} compared).${untoldText(untold)}`
  }
  const parts = [
    ...(changes.length === 0
      ? []
      : [`${count(changes.length, 'class', 'classes')} of requests changed`]),
    ...(unknown.length === 0 ? [] : [`${count(unknown.length, 'class', 'classes')} undecided`]),
  ]
  return `${parts.join(', ')}.${untoldText(untold)}`
}

function untoldText(untold: MeshDiff['untold']): string {
  const [first] = untold
  if (first === undefined) return ''
  return ` Not compared: ${count(untold.length, 'route')} that only other proxies, such as gateways, are told of, the first at ${sourceText(first)}.`
}

/** A difference as plain text. */
export function diffText(diff: MeshDiff): string {
  const lines = [verdict(diff)]
  for (const change of diff.changes) {
    const { summary, example, before, after, details, beforeAt, afterAt } = changeText(change)
    lines.push(
      '',
      summary,
      `  example: ${example}`,
      `  before:  ${before}${at(beforeAt)}`,
      `  now:     ${after}${at(afterAt)}`,
      ...details.map((detail) => `  ${detail}`),
    )
  }
  for (const { routeConfiguration, class: each } of diff.unknown) {
    lines.push(
      '',
      `undecided: ${requestsText(routeConfiguration, each.summary)}`,
      `  ${each.reason}`,
    )
  }
  return `${[...lines, ...assumptionLines(diff)].join('\n')}\n`
}

function assumptionLines({ assumptions }: MeshDiff): readonly string[] {
  return assumptions.length === 0 ? [] : ['', 'Assumed:', ...assumptions.map((it) => `  ${it}`)]
}

/** Classes that a comment shows; the others are counted. */
const maxRows = 50

/**
 * A difference as a comment on a pull request: what changes for whom, or that nothing does. At most {@link maxRows} classes
 * are shown.
 */
export function diffMarkdown(diff: MeshDiff): string {
  const rows = diff.changes.slice(0, maxRows).map((change) => row(changeText(change)))
  const rest = diff.changes.length - rows.length
  return `${[
    `### Routing: ${diff.equivalent ? 'nothing changes' : 'what changes'}`,
    '',
    verdict(diff),
    ...(rows.length === 0
      ? []
      : ['', '| requests | before | now | example |', '|---|---|---|---|', ...rows]),
    ...(rest > 0 ? ['', `And ${count(rest, 'class', 'classes')} more.`] : []),
    ...diff.unknown
      .slice(0, maxRows)
      .flatMap(({ routeConfiguration, class: each }) => [
        '',
        `Undecided: ${cell(requestsText(routeConfiguration, each.summary))}: ${cell(each.reason)}`,
      ]),
    ...(diff.assumptions.length === 0
      ? []
      : [
          '',
          '<details><summary>What the proof assumes</summary>',
          '',
          ...diff.assumptions.map((it) => `- ${it}`),
          '',
          '</details>',
        ]),
  ].join('\n')}\n`
}

function row({ summary, example, before, after, details, afterAt }: ChangeText): string {
  const how = details.length === 0 ? '' : `<br>${details.map(cell).join('<br>')}`
  const where = afterAt === '' ? '' : `<br>${code(afterAt)}`
  return `| ${cell(summary)} | ${cell(before)} | ${cell(after)}${how}${where} | ${code(example)} |`
}

/** Text that neither ends the cell nor is taken for markup. */
function cell(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_|[\]~]/g, '\\$&')
    .replaceAll(/\s*\n\s*/g, ' ')
}

/** Code in a cell; backticks and bars have no escape there, so that it is HTML. */
function code(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('|', '&#124;')
    .replaceAll('\n', ' ')
  return `<code>${escaped}</code>`
}

function at(place: string): string {
  return place === '' ? '' : `  (${place})`
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
