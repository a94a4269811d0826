import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadAccepted, saveAccepted } from '../src/accepted-config.ts'
import { folder } from './folder.ts'

const accepted = { files: [{ path: 'a.yaml', text: 'ä\n' }], acceptedAtWallMs: 7 }

test('gives back what was kept, and nothing where nothing was', async () => {
  await using dir = await folder()
  const stateDir = join(dir.path, 'deep', 'state')

  expect(await loadAccepted(stateDir)).toBeUndefined()
  await saveAccepted(stateDir, accepted)
  await saveAccepted(stateDir, { ...accepted, acceptedAtWallMs: 8 })

  expect(await loadAccepted(stateDir)).toEqual({ ...accepted, acceptedAtWallMs: 8 })
  expect(await readdir(stateDir)).toEqual(['accepted-config.json'])
})

test('keeps it from other users', async () => {
  await using dir = await folder()

  await saveAccepted(join(dir.path, 'state'), accepted)

  expect((await stat(join(dir.path, 'state'))).mode & 0o777).toBe(0o700)
  expect((await stat(join(dir.path, 'state', 'accepted-config.json'))).mode & 0o777).toBe(0o600)
})

test('refuses what somebody else wrote, or only half of it', async () => {
  await using dir = await folder()
  await saveAccepted(dir.path, accepted)
  const path = join(dir.path, 'accepted-config.json')
  const text = await readFile(path, 'utf8')

  for (const bad of [text.slice(0, -9), text.replace('ä', 'b'), '{"format":2}', 'null']) {
    await writeFile(path, bad)
    await expect(loadAccepted(dir.path)).rejects.toMatchObject({ code: 'ERR_CONTROL_PLANE_STATE' })
  }
})

test('says so when it cannot be kept', async () => {
  await using dir = await folder()
  await writeFile(join(dir.path, 'file'), '')

  await expect(saveAccepted(join(dir.path, 'file'), accepted)).rejects.toMatchObject({
    code: 'ERR_CONTROL_PLANE_STATE',
  })
})
