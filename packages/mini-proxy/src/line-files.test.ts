import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createLineFiles } from './line-files.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function inFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'line-files-'))
  folders.push(folder)
  return join(folder, name)
}

test('lines are appended, and all there once it is closed', async () => {
  const path = inFolder('log')
  for (const line of ['a\n', 'b\n']) {
    const files = createLineFiles(() => undefined, globalThis)
    files.write(line, path)
    await files.close()
  }
  expect(readFileSync(path, 'utf8')).toBe('a\nb\n')
})

test('lines of all lengths come out as they went in, in their order', async () => {
  const path = inFolder('log')
  const files = createLineFiles(() => undefined, globalThis)
  const lengths = [1, 8191, 1, 100, 8192, 21_845, 21_846, 70_000, 3, 30_000, 2]
  const lines = [...lengths, ...lengths].map((length, i) => `${i}${'€'.repeat(length)}\n`)

  for (const line of lines) files.write(line, path)
  await files.close()

  expect(readFileSync(path, 'utf8')).toBe(lines.join(''))
})

test('lines that come faster than a file takes them are lost, which is said once', async () => {
  const path = inFolder('log')
  const messages: string[] = []
  const files = createLineFiles(({ message }) => messages.push(message), globalThis)
  const line = `${'x'.repeat(99_999)}\n`

  for (let i = 0; i < 100; i += 1) files.write(line, path)
  await files.close()

  expect(messages).toEqual([`${path} takes lines too slowly: lines are lost`])
  const { size } = statSync(path)
  expect(size % line.length).toBe(0)
  expect(size).toBeLessThan(50 * line.length)
})
