import { ApiProperty } from '@nestjs/swagger';

/** A node's heartbeat as it was signed (RFC 9421); docs/worker-protocol.md says how to check it. */
export class SignedRequestDto {
  @ApiProperty({ example: 'POST' })
  method: string;

  /** The Host header, lower case. */
  @ApiProperty({ example: 'grid.example.org' })
  authority: string;

  /** Path and query. */
  @ApiProperty({ example: '/v1/worker/heartbeat' })
  target: string;

  @ApiProperty({
    example:
      'sig1=("@method" "@authority" "@path" "@query" "content-digest");created=1795435200;keyid="node_01jd8w2v7qe3f9a2kq0v6m4xyz";alg="ed25519";tag="potluck-worker-v1"',
  })
  signatureInput: string;

  @ApiProperty({ example: 'sig1=:mkw0X7Jj2cGm0m1Wq4m1Xq6i0g3B6kYkqS2mW0T9mWmJ3fU4yA3c8pW3b2p9k5mZ1nY7x0Q2r4s6t8u0v2w4Ag==:' })
  signature: string;

  @ApiProperty({ example: 'sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:' })
  contentDigest: string;

  /** The body's bytes, base64: its member checkpoint is the statement. */
  @ApiProperty({ example: 'eyJzbG90c0ZyZWUiOjIsInJ1bm5pbmciOltdfQ==' })
  body: string;
}

export class CosignatureDto {
  @ApiProperty({ example: 'node_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  nodeId: string;

  /** The key that signed, as the operator has registered it: 32 bytes, base64. */
  @ApiProperty({ example: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' })
  publicKey: string;

  /** How many leaves the node’s checkpoint covers, a decimal string. */
  @ApiProperty({ example: '1042' })
  size: string;

  /** Its root, base64. */
  @ApiProperty({ example: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=' })
  root: string;

  /** When it was received. */
  @ApiProperty({ format: 'date-time', example: '2026-11-25T12:00:00.000Z' })
  at: string;

  /** This log has signed that size with that root. false: it was rolled back or forked, or the node lies. */
  @ApiProperty({ example: true })
  known: boolean;

  /** The request that said so; null where it was too large to keep. */
  @ApiProperty({ type: SignedRequestDto, nullable: true })
  request: SignedRequestDto | null;
}

export class CosignaturePageDto {
  @ApiProperty({ type: [CosignatureDto] })
  data: CosignatureDto[];

  /** Send it as cursor for the next page; null on the last. */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
