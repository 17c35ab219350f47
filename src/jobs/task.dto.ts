import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class TaskDto {
  @ApiProperty({ example: 'task_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  taskId: string;

  /** null: the referee. */
  @ApiProperty({ type: String, nullable: true, example: 'node_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  nodeId: string | null;

  @ApiProperty({ example: false })
  referee: boolean;

  /** An outcome, a host failure, expired or returned. */
  @ApiProperty({ example: 'ok' })
  outcome: string;

  @ApiPropertyOptional({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  outputDigest?: string;

  @ApiPropertyOptional({ example: '1250000' })
  fuel?: string;

  /** It is of the accepted group. */
  @ApiProperty({ example: true })
  agreed: boolean;

  /** The report's signature, base64. */
  @ApiPropertyOptional({
    example: 'mkw0X7Jj2cGm0m1Wq4m1Xq6i0g3B6kYkqS2mW0T9mWmJ3fU4yA3c8pW3b2p9k5mZ1nY7x0Q2r4s6t8u0v2w4Ag==',
  })
  signature?: string;

  /** The node's key when it signed, base64. */
  @ApiPropertyOptional({ example: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' })
  publicKey?: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.004Z' })
  leasedAt: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.016Z' })
  endedAt: string;

  @ApiPropertyOptional({ type: 'integer', example: 12 })
  runMs?: number;
}

export class VerdictDto {
  /** Probability that the result is right, under independent faults; null where the job's own nodes ran it. */
  @ApiProperty({ type: Number, nullable: true, example: 0.995 })
  credibility: number | null;

  /** The referee voted. */
  @ApiProperty({ example: false })
  referee: boolean;
}

export class JobTasksDto {
  @ApiProperty({ example: true })
  settled: boolean;

  /** null where no result was accepted. */
  @ApiProperty({ type: VerdictDto, nullable: true, example: { credibility: 0.995, referee: false } })
  verdict: VerdictDto | null;

  /** Empty until the job is settled. */
  @ApiProperty({ type: [TaskDto] })
  data: TaskDto[];
}
