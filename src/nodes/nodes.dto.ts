import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsISO8601, IsOptional, IsString, Length, Matches } from 'class-validator';

export class RegisterNodeDto {
  /** How its owner calls it. */
  @ApiProperty({ minLength: 1, maxLength: 64, example: 'attic' })
  @IsString()
  @Length(1, 64)
  name: string;

  /** The ed25519 public key, 32 bytes, base64. */
  @ApiProperty({ example: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' })
  @IsString()
  @Length(32, 128)
  publicKey: string;

  /** Signature by that key over potluck-node-v1|{origin}|{subject}|{publicKey}|{timestamp}, 64 bytes, base64. */
  @ApiProperty({ example: 'mkw0X7Jj2cGm0m1Wq4m1Xq6i0g3B6kYkqS2mW0T9mWmJ3fU4yA3c8pW3b2p9k5mZ1nY7x0Q2r4s6t8u0v2w4Ag==' })
  @IsString()
  @Length(64, 256)
  proof: string;

  /** RFC 3339, within 5 minutes of now. */
  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  @IsISO8601({ strict: true, strictSeparator: true })
  timestamp: string;

  /** The token, where no API key is sent. */
  @ApiPropertyOptional({ example: 'ple_4pW0mX9aR2bT7cY5dU1eW8fZ4gK6hN0i' })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  enrolment?: string;

  /** Where it is, as eu or eu-west. */
  @ApiPropertyOptional({ example: 'eu' })
  @IsOptional()
  @Matches(/^[a-z]{2,16}(-[a-z0-9]{1,16})*$/, { message: 'region must be a name as eu or eu-west' })
  region?: string;
}

export class UpdateNodeDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 64, example: 'cellar' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  name?: string;

  /** A paused node gets no work. */
  @ApiPropertyOptional({ example: true })
  @IsOptional()
  @IsBoolean()
  paused?: boolean;
}

export class EnrolmentDto {
  @ApiProperty({ example: 'enrol_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  /** Shown once; null in a replay. */
  @ApiProperty({ type: String, nullable: true, example: 'ple_4pW0mX9aR2bT7cY5dU1eW8fZ4gK6hN0i' })
  token: string | null;

  @ApiPropertyOptional({ example: true })
  secretShown?: boolean;

  @ApiProperty({ example: '2026-11-23T12:10:00.000Z' })
  expiresAt: string;
}

export class GoodwillDto {
  /** Minutes online and answered, less what lapses took. */
  @ApiProperty({ example: 312.5 })
  minutes: number;

  /** Minutes that probation asks for. */
  @ApiProperty({ example: 1440 })
  wantedMinutes: number;

  /** Confirmed and agreed results that still count. */
  @ApiProperty({ example: 11 })
  count: number;

  @ApiProperty({ example: 20 })
  wantedCount: number;

  /** What is missing, in words; empty for a participant. */
  @ApiProperty({ example: '18.8 hours online and 9 checked results' })
  missing: string;
}

export class LapseDto {
  @ApiProperty({ example: '2026-11-23T11:00:00.000Z' })
  at: string;

  @ApiProperty({ enum: ['lapse', 'host_failure', 'proven_wrong', 'outvoted'] })
  kind: string;

  @ApiProperty({ type: String, nullable: true, example: 'lease expired' })
  reason: string | null;

  @ApiPropertyOptional({ example: 'job_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  jobId?: string;
}

export class NodeDto {
  @ApiProperty({ example: 'node_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  @ApiProperty({ example: 'attic' })
  name: string;

  @ApiProperty({ type: String, nullable: true, example: 'eu' })
  region: string | null;

  @ApiProperty({ enum: ['probation', 'participant', 'suspended', 'retired'] })
  stage: string;

  @ApiProperty({ example: false })
  paused: boolean;

  /** What draws work: credibility² · reliability² · availability / (1 + latency / 200 ms). */
  @ApiProperty({ example: 0.61 })
  rank: number;

  /** Share of the expected beats it answered in 7 days. */
  @ApiProperty({ example: 0.98 })
  availability: number;

  /** 5 % quantile of its success rate: few events count as little. */
  @ApiProperty({ example: 0.95 })
  reliability: number;

  /** Probability that a result of it is right, under independent faults. */
  @ApiProperty({ example: 0.98 })
  credibility: number;

  @ApiProperty({ type: GoodwillDto })
  goodwill: GoodwillDto;

  /** Leases it may have open. */
  @ApiProperty({ type: 'integer', example: 4 })
  quota: number;

  @ApiProperty({ type: String, nullable: true, example: null })
  cooldownUntil: string | null;

  /** Its account's stake, in micro-credits. */
  @ApiProperty({ example: '400000' })
  stake: string;

  @ApiProperty({ type: String, nullable: true, example: '2026-11-23T12:00:00.000Z' })
  lastSeenAt: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  revokedAt: string | null;

  /** Of the last 7 days, newest first, at most 20. Not in lists. */
  @ApiPropertyOptional({ type: [LapseDto] })
  recentLapses?: LapseDto[];

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  createdAt: string;
}

export class RegisteredNodeDto {
  @ApiProperty({ type: NodeDto })
  node: NodeDto;

  /** What this grid calls itself: what the node signs for. */
  @ApiProperty({ example: 'http://localhost:3000' })
  origin: string;
}

export class NodePageDto {
  @ApiProperty({ type: [NodeDto] })
  data: NodeDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}
