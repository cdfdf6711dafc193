// Checks a manifest against a trust root with nothing but Node, and openssl where asked for: written from the contract, shares no code with the platform.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${keys.map((key) => `${canonical(key)}:${canonical(value[key])}`).join(',')}}`;
  }
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
};

const merkle = (hashes) => {
  if (hashes.length === 0) return sha256(canonical({ empty: true }));
  let level = hashes.map((hash) => Buffer.from(hash, 'hex'));
  while (level.length > 1) {
    const next = [];
    for (let i = 0; i < level.length; i += 2) next.push(sha256(level[i], level[i + 1] ?? level[i]));
    level = next;
  }
  return level[0];
};

const fail = (reason) => {
  console.log(`refused: ${reason}`);
  process.exit(1);
};

const manifest = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const root = JSON.parse(readFileSync(process.argv[3], 'utf8'));
const { integrity, distribution, ...hashed } = manifest;
if (sha256(canonical(hashed)).toString('hex') !== integrity.manifestHash) fail('manifest hash');

for (const { path, size, chunking, merkleRoot } of manifest.artifacts) {
  const count = Math.ceil(size / chunking.chunkSize);
  if (chunking.chunkCount !== count || chunking.chunkHashes.length !== count) fail(`chunk count of ${path}`);
  if (merkle(chunking.chunkHashes).toString('hex') !== merkleRoot) fail(`merkle root of ${path}`);
}
if (integrity.merkleRoot !== manifest.artifacts[0].merkleRoot) fail('merkle root');

const { schemaVersion, model, version, artifacts, provenance, capabilities, trust } = manifest;
const payload = sha256(canonical({ schemaVersion, model, version, artifacts, provenance, capabilities, trust, timestamp: integrity.timestamp }));
if (payload.toString('hex') !== integrity.signedPayloadHash) fail('signed payload hash');

const spki = (key) => createPublicKey({ key: Buffer.from(key.publicKey, 'base64'), format: 'der', type: 'spki' });
const find = (keyId) => root.keys.find((key) => key.keyId === keyId);
const mayAt = (key, capability, time) => {
  if (!key || root.revoked.includes(key.keyId) || !key.capabilities.includes(capability)) return false;
  if (time < Date.parse(key.validFrom) || (key.validUntil && time > Date.parse(key.validUntil))) return false;
  if (!key.delegatedBy) return true;
  const { delegationSignature, ...signed } = key;
  const by = find(key.delegatedBy);
  return mayAt(by, 'delegate', Date.parse(key.validFrom)) && verify(null, sha256(canonical(signed)), spki(by), Buffer.from(delegationSignature, 'base64'));
};

// With 'openssl' as the third argument another program judges the signatures.
const verified = process.argv[4] !== 'openssl' ? (key, signature) => verify(null, payload, spki(key), signature) : (key, signature) => {
  const directory = mkdtempSync(join(tmpdir(), 'mp-openssl-'));
  const file = (name, content) => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  try {
    const pem = spki(key).export({ format: 'pem', type: 'spki' });
    execFileSync('openssl', ['pkeyutl', '-verify', '-pubin', '-inkey', file('key.pem', pem), '-rawin', '-in', file('payload', payload), '-sigfile', file('signature', signature)], { stdio: 'pipe' });
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') throw error;
    return false;
  } finally {
    rmSync(directory, { recursive: true });
  }
};

const signers = new Set();
for (const { keyId, algorithm, signature } of integrity.signatures) {
  const key = find(keyId);
  if (algorithm === 'ed25519' && mayAt(key, 'sign-manifest', Date.parse(integrity.timestamp)) && verified(key, Buffer.from(signature, 'base64'))) signers.add(key.publicKey);
}
const required = Math.max(root.minimumSignaturesRequired, trust?.minimumSignaturesRequired ?? 0);
if (signers.size < required) fail(`signatures ${signers.size}/${required}`);
console.log(`valid: ${signers.size}/${required}`);
