import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Everything a worker needs to run one task, but the code, which it fetches once by digest. */
export class LeaseDto {
  @ApiProperty({ example: 'lease_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  leaseId: string;

  /** Opaque; a result counts only while the coordinator's lease still carries it. */
  @ApiProperty({ example: 'AZO48mwafT6PShssPU5fYAGTuPJsGn0-j0obLD1OX2D3b1g0kqVIl7yTtq0Z2XhN' })
  token: string;

  @ApiProperty({ example: 'task_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  taskId: string;

  @ApiProperty({ example: 'job_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  jobId: string;

  @ApiProperty({ example: 'primes' })
  functionName: string;

  /** The digest that names the version. */
  @ApiProperty({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  version: string;

  /** Of the bytes that GET /v1/worker/code/{digest} answers; the worker checks it. */
  @ApiProperty({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  codeDigest: string;

  @ApiProperty({ example: 'js-1-0123456789ab' })
  runtimeId: string;

  @ApiProperty({ enum: ['js', 'wasi-command', 'handle'] })
  abi: string;

  @ApiProperty({ example: 'sha256:94d1ba5ef7bda2f3b4ab7e9e8ea2ad29ec7cf9c1a8b0e9c4a4bd9e4f5d0a1b2c' })
  inputDigest: string;

  /** The input's bytes, base64. */
  @ApiProperty({ example: 'eyJiZWxvdyI6MTAwfQ==' })
  input: string;

  /** Of the input. */
  @ApiProperty({ enum: ['application/json', 'application/octet-stream'] })
  contentType: string;

  /** The guest's clock: it stands still. */
  @ApiProperty({ format: 'date-time', example: '2026-11-23T12:00:00.000Z' })
  now: string;

  /** The guest's randomness, the same for every execution of the job. */
  @ApiProperty({ example: '0193b8f26c1a7d3e8f4a1b2c3d4e5f60' })
  seed: string;

  /** A decimal string. */
  @ApiProperty({ example: '1000000000' })
  fuelLimit: string;

  @ApiProperty({ type: 'integer', example: 67_108_864 })
  memoryBytes: number;

  @ApiProperty({ type: 'integer', example: 1_048_576 })
  maxOutputBytes: number;

  /** How long the lease lasts from its delivery: a length, so that no two clocks are compared. */
  @ApiProperty({ type: 'integer', example: 30_000 })
  leaseMs: number;
}

export class PollAnswerDto {
  /** At most as many as slots. Empty: poll again. */
  @ApiProperty({ type: [LeaseDto] })
  leases: LeaseDto[];

  /** Why there is nothing for this node. */
  @ApiPropertyOptional({
    enum: ['no_demand', 'probation_share', 'quota', 'cooldown', 'region', 'runtime', 'protocol_old', 'suspended', 'paused'],
  })
  idleReason?: string;

  /** The reason in words. */
  @ApiPropertyOptional()
  idleDetail?: string;
}

/** A signed head of the grid's public log. */
export class SignedCheckpointDto {
  /** How many leaves it covers, a decimal string. */
  @ApiProperty({ example: '1042' })
  size: string;

  /** The root of the tree, base64. */
  @ApiProperty({ example: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=' })
  root: string;

  /** The note that is signed (C2SP tlog-checkpoint). */
  @ApiProperty({
    example:
      'grid.example.org/v1/log\n1042\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— grid.example.org/v1/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
  })
  note: string;
}

export class HeartbeatAnswerDto {
  /** Leases of those in running that nobody needs any more: stop them. */
  @ApiProperty({ type: [String], example: [] })
  cancel: string[];

  /** The log's last checkpoint, to be verified and said back in the next beat; null until there is one. */
  @ApiProperty({ type: SignedCheckpointDto, nullable: true })
  checkpoint: SignedCheckpointDto | null;
}

export class ExitAnswerDto {
  /** How many leases went back to the queue. */
  @ApiProperty({ type: 'integer', example: 2 })
  returned: number;
}
