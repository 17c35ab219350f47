/** The proof that whoever registers a node holds its key: a signature over these bytes. */
export function proofBytes(claim: { origin: string; subject: string; publicKey: string; timestamp: string }): Uint8Array {
  return new TextEncoder().encode(`potluck-node-v1|${claim.origin}|${claim.subject}|${claim.publicKey}|${claim.timestamp}`);
}
