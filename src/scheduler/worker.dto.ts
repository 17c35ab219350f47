import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Matches, Max, Min, ValidateNested } from 'class-validator';

/** How long a poll may wait. */
export class WaitQuery {
  /** Seconds to wait for work, 0 to 55. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 55, default: 25 })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(55)
  wait: number = 25;
}

export class PollLeasesDto {
  /** Chosen by the worker; the same id again answers the same leases. */
  @ApiProperty({ example: '01jd8w2v7q3f9', pattern: '^[A-Za-z0-9_-]{1,64}$' })
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'requestId must be 1 to 64 of A–Z a–z 0–9 _ -' })
  requestId: string;

  /** Every lease not yet acknowledged by a report; one missing here goes back to the queue. */
  @ApiProperty({ type: [String], example: [] })
  @IsArray()
  @ArrayMaxSize(1024)
  @IsString({ each: true })
  have: string[];

  /** Tasks the node can take now. */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 256, example: 4 })
  @IsInt()
  @Min(0)
  @Max(256)
  slots: number;

  /** Executor threads of the node. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1024, example: 2 })
  @IsInt()
  @Min(1)
  @Max(1024)
  threads: number;

  /** Runtimes the node can run. */
  @ApiProperty({ type: [String], example: ['js-1-0123456789ab'] })
  @IsArray()
  @ArrayMaxSize(32)
  @IsString({ each: true })
  runtimes: string[];
}

/** A head of the grid's public log. */
export class SeenCheckpointDto {
  /** How many leaves it covers, a decimal string. */
  @ApiProperty({ example: '1042', pattern: '^[1-9][0-9]{0,14}$' })
  @Matches(/^[1-9]\d{0,14}$/, { message: 'size must be a whole number from 1 on, as a decimal string' })
  size: string;

  /** The root of the tree, base64. */
  @ApiProperty({ pattern: '^[A-Za-z0-9+/]{43}=$', example: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=' })
  @Matches(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, { message: 'root must be 32 bytes in base64' })
  root: string;
}

export class HeartbeatDto {
  /** Tasks the node could take now. */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 256, example: 2 })
  @IsInt()
  @Min(0)
  @Max(256)
  slotsFree: number;

  /** Leases the node is working on. */
  @ApiProperty({ type: [String], example: [] })
  @IsArray()
  @ArrayMaxSize(1024)
  @IsString({ each: true })
  running: string[];

  /** The last log checkpoint the node has verified; null where it has none. */
  @ApiPropertyOptional({ type: SeenCheckpointDto, nullable: true, example: null })
  @IsOptional()
  @ValidateNested()
  @Type(() => SeenCheckpointDto)
  checkpoint?: SeenCheckpointDto | null;

  /** When the node will be away, RFC 3339. */
  @ApiPropertyOptional({ type: String, format: 'date-time', example: null, nullable: true })
  @IsOptional()
  @IsString()
  maintenanceAt?: string | null;
}

export class ExitDto {
  /** Leases given back unfinished. */
  @ApiProperty({ type: [String], example: [] })
  @IsArray()
  @ArrayMaxSize(1024)
  @IsString({ each: true })
  returned: string[];
}
