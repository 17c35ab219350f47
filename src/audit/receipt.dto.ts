import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional } from 'class-validator';

const DIGEST = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
const HASH = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';

export class ReceiptQuery {
  /** 1: of the settlement; 2: of the correction, where the delivered result was proven wrong. */
  @ApiPropertyOptional({ type: 'integer', enum: [1, 2], default: 1 })
  @IsOptional()
  @Transform(({ value }) => (value === '1' || value === '2' ? Number(value) : value))
  @IsIn([1, 2], { message: 'revision must be 1 (the settlement) or 2 (the correction)' })
  revision: 1 | 2 = 1;
}

export class ReceiptVerdictDto {
  /** That the result is right, under independent faults, six decimals; empty where there was no vote. */
  @ApiProperty({ example: '0.994117' })
  credibility: string;

  /** The operator’s own re-execution is among the votes. */
  @ApiProperty({ example: false })
  referee: boolean;
}

/** One node’s signature over the report that holds its result of this job; docs/worker-protocol.md, "The attestation". */
export class ReceiptAttestationDto {
  @ApiProperty({ example: 'node_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  nodeId: string;

  /** 32 bytes, base64. */
  @ApiProperty({ example: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' })
  publicKey: string;

  @ApiProperty({ example: 'report-1' })
  reportId: string;

  /** The result’s canonical bytes, base64: a leaf of the report’s tree. */
  @ApiProperty({ example: 'AAAAFnBvdGx1Y2stYXR0ZXN0YXRpb24tdjE=' })
  result: string;

  /** The leaf’s place, a decimal string. */
  @ApiProperty({ example: '2' })
  index: string;

  /** Leaves of the report, a decimal string. */
  @ApiProperty({ example: '5' })
  count: string;

  /** Sibling hashes from the leaf up (RFC 9162), base64. */
  @ApiProperty({ type: [String], example: [HASH] })
  path: string[];

  /** ed25519 over the report’s bytes, base64. */
  @ApiProperty({ example: 'mkw0X7Jj2cGm0m1Wq4m1Xq6i0g3B6kYkqS2mW0T9mWmJ3fU4yA3c8pW3b2p9k5mZ1nY7x0Q2r4s6t8u0v2w4Ag==' })
  signature: string;
}

export class ReceiptInclusionDto {
  /** The transfer’s place in the log, a decimal string. */
  @ApiProperty({ example: '1041' })
  index: string;

  /** Leaves of the checkpoint’s tree, a decimal string. */
  @ApiProperty({ example: '1100' })
  size: string;

  /** Sibling hashes from the leaf up, base64. */
  @ApiProperty({ type: [String], example: [HASH] })
  path: string[];
}

/** The portable proof of a job: checked offline, with nothing but itself and the log’s key. */
export class ReceiptDto {
  @ApiProperty({ example: 'https://grid.example.org' })
  origin: string;

  @ApiProperty({ example: 'job_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  jobId: string;

  @ApiProperty({ example: 'primes' })
  function: string;

  @ApiProperty({ example: DIGEST })
  version: string;

  @ApiProperty({ example: 'js-1-0123456789ab' })
  runtimeId: string;

  @ApiProperty({ example: DIGEST })
  codeDigest: string;

  @ApiProperty({ example: DIGEST })
  inputDigest: string;

  /** An outcome, or host_limit where no host could run it. */
  @ApiProperty({ example: 'ok' })
  outcome: string;

  @ApiProperty({ example: DIGEST })
  outputDigest: string;

  /** A decimal string. */
  @ApiProperty({ example: '1250000' })
  fuel: string;

  /** µCR, a decimal string. */
  @ApiProperty({ example: '13000' })
  charged: string;

  @ApiProperty({ example: 'standard' })
  assurance: string;

  @ApiProperty({ type: ReceiptVerdictDto })
  verdict: ReceiptVerdictDto;

  /** Of every node that agreed; none where the referee alone ran it. */
  @ApiProperty({ type: [ReceiptAttestationDto] })
  attestations: ReceiptAttestationDto[];

  /** Of a correction that a slash paid for: what it is for. Its digest is the leaf’s evidence; correctedReceipt is that of this receipt’s fields. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, example: { correctedReceipt: DIGEST } })
  evidence?: Record<string, string>;

  /** The canonical bytes of the transfer’s leaf, base64; its evidence is the digest of the fields above the verdict, and the verdict. */
  @ApiProperty({ example: 'AAAAD3BvdGx1Y2stbGVhZi12MQ==' })
  leaf: string;

  @ApiProperty({ type: ReceiptInclusionDto })
  inclusionProof: ReceiptInclusionDto;

  /** The signed note (C2SP tlog-checkpoint) whose root the proof leads to. */
  @ApiProperty({
    example:
      'grid.example.org/v1/log\n1100\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— grid.example.org/v1/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
  })
  checkpoint: string;
}
