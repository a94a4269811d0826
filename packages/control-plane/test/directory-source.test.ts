import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { directorySource } from '../src/index.ts'
import { folder } from './folder.ts'

/** Resolves with the next time the source tells of a change. */
function nextChange(source: ReturnType<typeof directorySource>) {
  let told: () => void = () => undefined
  const watch = source.watch(() => told())
  return {
    wait: () =>
      new Promise<void>((resolve) => {
        told = resolve
      }),
    [Symbol.dispose]: () => watch.close(),
  }
}

test('reads configuration files of the directory and below, sorted, and no others', async () => {
  await using dir = await folder()
  await mkdir(join(dir.path, 'sub'))
  await writeFile(join(dir.path, 'b.yml'), 'b')
  await writeFile(join(dir.path, 'sub', 'a.json'), 'a')
  await writeFile(join(dir.path, 'a.yaml'), 'ä')
  await writeFile(join(dir.path, '.a.yaml.swp'), 'x')
  await writeFile(join(dir.path, '.hidden.yaml'), 'x')
  await writeFile(join(dir.path, 'notes.txt'), 'x')

  const files = await directorySource(dir.path).read([])

  expect(files).toEqual([
    { path: join(dir.path, 'a.yaml'), text: 'ä' },
    { path: join(dir.path, 'b.yml'), text: 'b' },
    { path: join(dir.path, 'sub', 'a.json'), text: 'a' },
  ])
})

test('takes a directory that is missing, empty or not readable for a fault', async () => {
  await using dir = await folder()
  const read = (path: string) => directorySource(path).read([])

  await expect(read(join(dir.path, 'nowhere'))).rejects.toMatchObject({
    code: 'ERR_CONTROL_PLANE_SOURCE',
  })
  await expect(read(dir.path)).rejects.toThrow(
    /expected .yaml, .yml or .json files in .*, got none/,
  )
  await writeFile(join(dir.path, 'file'), '')
  await expect(read(join(dir.path, 'file'))).rejects.toMatchObject({
    code: 'ERR_CONTROL_PLANE_SOURCE',
  })
  await writeFile(join(dir.path, 'a.yaml'), Uint8Array.of(0xff, 0xfe))
  await expect(read(dir.path)).rejects.toThrow(/expected UTF-8 in .*a.yaml/)
})

test('takes a link that leads nowhere for a fault', async () => {
  await using dir = await folder()
  await writeFile(join(dir.path, 'a.yaml'), 'a')
  await symlink(join(dir.path, 'nowhere'), join(dir.path, 'b.yaml'))

  await expect(directorySource(dir.path).read([])).rejects.toThrow(/b.yaml/)
})

test('takes a file that had content and is empty for one that is being written', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'a.yaml')
  await writeFile(path, '')
  await writeFile(join(dir.path, 'b.yaml'), 'b')
  const source = directorySource(dir.path)

  expect(await source.read([])).toHaveLength(2)
  await expect(source.read([{ path, text: 'a' }])).rejects.toThrow(/had content and is empty/)
})

test('tells of a file that is written, and of one that is moved into place', async () => {
  await using dir = await folder()
  await writeFile(join(dir.path, 'a.yaml'), 'one')
  const source = directorySource(dir.path, { pollMs: 60_000 })
  using change = nextChange(source)

  const written = change.wait()
  await writeFile(join(dir.path, 'a.yaml'), 'two')
  await written
  await writeFile(join(dir.path, '.a.yaml.tmp'), 'three')
  const moved = change.wait()
  await rename(join(dir.path, '.a.yaml.tmp'), join(dir.path, 'a.yaml'))
  await moved

  expect((await source.read([]))[0]?.text).toBe('three')
})

test('follows the links of a ConfigMap to their next generation', async () => {
  await using dir = await folder()
  const generation = async (name: string, text: string) => {
    await mkdir(join(dir.path, name))
    await writeFile(join(dir.path, name, 'a.yaml'), text)
    await symlink(name, join(dir.path, '..data_tmp'))
    await rename(join(dir.path, '..data_tmp'), join(dir.path, '..data'))
  }
  await generation('..2026_1', 'one')
  await symlink(join('..data', 'a.yaml'), join(dir.path, 'a.yaml'))
  const source = directorySource(dir.path, { pollMs: 60_000 })
  using change = nextChange(source)
  expect(await source.read([])).toEqual([{ path: join(dir.path, 'a.yaml'), text: 'one' }])

  const swapped = change.wait()
  await generation('..2026_2', 'two')
  await rm(join(dir.path, '..2026_1'), { recursive: true })
  await swapped

  expect(await source.read([])).toEqual([{ path: join(dir.path, 'a.yaml'), text: 'two' }])
})

test('notices a directory that goes away and comes back as another one', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'config')
  const write = async (text: string) => {
    await mkdir(path)
    await writeFile(join(path, 'a.yaml'), text)
  }
  await write('one')
  const source = directorySource(path, { pollMs: 20 })
  using change = nextChange(source)
  await change.wait()

  await rename(path, join(dir.path, 'unmounted'))
  await change.wait()
  await expect(source.read([])).rejects.toMatchObject({ code: 'ERR_CONTROL_PLANE_SOURCE' })
  await write('two')
  await change.wait()
  while ((await source.read([]).catch(() => []))[0]?.text !== 'two') await change.wait()
  await writeFile(join(path, 'a.yaml'), 'three')
  while ((await source.read([]).catch(() => []))[0]?.text !== 'three') await change.wait()

  expect((await source.read([]))[0]?.text).toBe('three')
})
