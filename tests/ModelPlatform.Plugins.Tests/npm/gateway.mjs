// Serves the blocks of FOLDER/fixtures.car as COUNT trustless gateways, each on a free port of 127.0.0.1, and prints their ports as JSON.
// POST /manners tells a gateway how to misbehave; GET /log lists what it was asked. It ends when its standard input does.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { CarBufferReader, CarWriter } from '@ipld/car'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'

const [folder, count] = [process.argv[2], Number(process.argv[3])]
const blocks = new Map([...CarBufferReader.fromBytes(readFileSync(join(folder, 'fixtures.car'))).blocks()].map(({ cid, bytes }) => [cid.toString(), bytes]))
const get = cid => cid.multihash.code === 0 ? cid.multihash.digest : blocks.get(cid.toString())
const parse = text => { try { return CID.parse(text) } catch { return undefined } }

// Depth first, repeated blocks sent again, only what overlaps the bytes asked for.
function * walk (cid, from, to, position = 0) {
  const bytes = get(cid)
  yield { cid, bytes }
  if (bytes === undefined || cid.code !== dagPb.code) return
  const { Data, Links } = dagPb.decode(bytes)
  const node = UnixFS.unmarshal(Data)
  let at = position + (node.data?.length ?? 0)
  for (const [i, link] of Links.entries()) {
    const size = node.type === 'file' ? Number(node.blockSizes[i]) : 0
    if (node.type !== 'file' || (at < to && at + size > from)) yield * walk(link.Hash, from, to, at)
    at += size
  }
}

function serve () {
  let manners = {}
  let log = []
  let served = 0
  const is = (list, cid) => list === 'all' || list?.includes(cid)
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://gateway')
    if (url.pathname === '/log') return response.end(JSON.stringify(log))
    if (url.pathname === '/manners') {
      let text = ''
      for await (const part of request) text += part
      manners = JSON.parse(text); log = []; served = 0
      return response.end()
    }
    log.push(request.url)
    if (manners.status) return response.writeHead(manners.status, manners.headers).end('no')
    if (manners.hang) return
    if (manners.page) return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>')
    const id = url.pathname.split('/ipfs/')[1]
    const cid = parse(id)
    const format = url.searchParams.get('format')
    if (cid === undefined || !request.headers.accept?.startsWith(`application/vnd.ipld.${format}`) || is(manners.refuse, format)) return response.writeHead(400).end('format?')
    if (get(cid) === undefined || is(manners.missing, id) || (manners.missingAfter !== undefined && served >= manners.missingAfter)) return response.writeHead(404).end('no such block')
    served++
    const spoil = ({ cid, bytes }) => {
      if (is(manners.wrong, cid.toString()) || manners.wrongOnce === cid.toString()) {
        manners.wrongOnce = undefined
        bytes = Uint8Array.from(bytes); bytes[bytes.length >> 1] ^= 1
      }
      if (is(manners.large, cid.toString())) bytes = new Uint8Array(3_000_000)
      return { cid, bytes }
    }
    if (format === 'raw') return response.writeHead(200, { 'content-type': 'application/vnd.ipld.raw' }).end(spoil({ cid, bytes: get(cid) }).bytes)
    const [from, to] = (url.searchParams.get('entity-bytes') ?? '0:*').split(':')
    let sent = [...walk(cid, Number(from), to === '*' ? Infinity : Number(to) + 1)].filter(({ cid }) => cid.multihash.code !== 0)
    if (url.searchParams.get('dag-scope') === 'block') sent = sent.slice(0, 1)
    const missing = sent.findIndex(({ cid, bytes }) => bytes === undefined || is(manners.missing, cid.toString()))
    if (missing >= 0) sent = sent.slice(0, missing) // A gateway that lacks a block has already said 200, and just ends.
    if (manners.leaveOut) sent = sent.filter(({ cid }) => !is(manners.leaveOut, cid.toString()))
    if (manners.reverse) sent.reverse()
    response.writeHead(200, { 'content-type': 'application/vnd.ipld.car; version=1; order=dfs; dups=y' })
    const { writer, out } = CarWriter.create([cid])
    const writing = (async () => { for (const block of sent) await writer.put(spoil(block)); await writer.close() })()
    let left = manners.cut ?? Infinity
    response.setMaxListeners(0)
    for await (const part of out) {
      if (!response.write(part.subarray(0, left)) && !response.destroyed) await new Promise(resolve => { response.once('drain', resolve); response.once('close', resolve) })
      if ((left -= part.length) <= 0 || response.destroyed) break
    }
    response.end()
    if (left > 0 && !response.destroyed) await writing
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}

console.log(JSON.stringify(await Promise.all(Array.from({ length: count }, serve))))
process.stdin.on('end', () => process.exit()).resume()
