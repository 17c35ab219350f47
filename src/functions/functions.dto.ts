import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min, ValidateNested } from 'class-validator';

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

export class FunctionLimitsDto {
  /** Fuel that a job may use, a decimal string; by default what the version has shown to need. */
  @ApiPropertyOptional({ example: '1000000000' })
  @IsOptional()
  @Matches(/^[1-9]\d{0,18}$/, { message: 'fuelLimit must be a whole number as a decimal string, as "1000000000"' })
  fuelLimit?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1_048_576, maximum: 67_108_864, example: 67_108_864 })
  @IsOptional()
  @IsInt()
  @Min(1_048_576)
  @Max(67_108_864)
  memoryBytes?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1_048_576, example: 1_048_576 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_048_576)
  maxOutputBytes?: number;
}

export class DeployFunctionDto {
  @ApiProperty({ pattern: NAME.source, example: 'primes' })
  @Matches(NAME, { message: 'name must begin with a letter and have up to 64 of A–Z a–z 0–9 _ -' })
  name: string;

  @ApiProperty({ enum: ['js', 'wasm'], example: 'js' })
  @IsIn(['js', 'wasm'])
  runtime: 'js' | 'wasm';

  /** One JavaScript module with a default export, up to 1 MiB. Readable by the strangers who run it; put no secrets into it. */
  @ApiPropertyOptional({ example: 'export default (input) => input * 2' })
  @IsOptional()
  @IsString()
  source?: string;

  /** One WebAssembly module, up to 4 MiB, in base64. Readable by the strangers who run it; put no secrets into it. */
  @ApiPropertyOptional({ contentEncoding: 'base64' } as ApiPropertyOptions)
  @IsOptional()
  @IsString()
  module?: string;

  /**
   * How a WebAssembly module is called. wasi-command: `_start`, with the input on standard input and the output on standard output.
   * handle: its exports `alloc` and `handle`, without any import.
   */
  @ApiPropertyOptional({ enum: ['wasi-command', 'handle'], default: 'wasi-command' })
  @IsOptional()
  @IsIn(['wasi-command', 'handle'])
  abi?: 'wasi-command' | 'handle';

  @ApiPropertyOptional({ maxLength: 1000, example: 'Counts primes' })
  @IsOptional()
  @IsString()
  @Length(0, 1000)
  description?: string;

  @ApiPropertyOptional({ description: 'An example of its input, any JSON value', example: { below: 100 } })
  @IsOptional()
  sampleInput?: unknown;

  @ApiPropertyOptional({ type: FunctionLimitsDto })
  @IsOptional()
  @ValidateNested()
  @Type(() => FunctionLimitsDto)
  limits?: FunctionLimitsDto;
}

export class SetCurrentVersionDto {
  /** Digest of the version that calls without a version get. */
  @ApiProperty({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  @Matches(/^sha256:[0-9a-f]{64}$/, { message: 'current must be the digest of a version, sha256:<64 hex digits>' })
  current: string;
}

export class VersionLimitsDto {
  @ApiProperty({ type: String, nullable: true, example: null })
  fuelLimit: string | null;

  @ApiProperty({ type: 'integer', example: 67_108_864 })
  memoryBytes: number;

  @ApiProperty({ type: 'integer', example: 1_048_576 })
  maxOutputBytes: number;
}

export class VersionDto {
  @ApiProperty({ example: 'ver_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  @ApiProperty({ example: 'fn_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  functionId: string;

  @ApiProperty({ example: 'primes' })
  name: string;

  /** The digest of its code: its name. */
  @ApiProperty({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  version: string;

  @ApiProperty({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  codeDigest: string;

  @ApiProperty({ example: 'js-1-0123456789ab' })
  runtimeId: string;

  @ApiProperty({ enum: ['js', 'wasm'] })
  runtime: string;

  @ApiProperty({ enum: ['js', 'wasi-command', 'handle'] })
  abi: string;

  @ApiProperty({ type: 'integer', example: 35 })
  codeBytes: number;

  @ApiProperty({ type: VersionLimitsDto })
  limits: VersionLimitsDto;

  /** Calls without a version get this one. */
  @ApiProperty({ example: true })
  current: boolean;

  /** Proven not to run the same way twice; takes no jobs. */
  @ApiProperty({ example: false })
  quarantined: boolean;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  createdAt: string;
}

export class FunctionDto {
  @ApiProperty({ example: 'fn_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  @ApiProperty({ example: 'primes' })
  name: string;

  @ApiProperty({ type: String, nullable: true, example: 'Counts primes' })
  description: string | null;

  /** Digest of the current version. */
  @ApiProperty({ example: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' })
  current: string;

  @ApiProperty({ example: 'js-1-0123456789ab' })
  runtimeId: string;

  @ApiProperty({ type: VersionLimitsDto })
  limits: VersionLimitsDto;

  @ApiPropertyOptional({ description: 'The example that came with the current version' })
  sampleInput?: unknown;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  createdAt: string;
}

export class FunctionPageDto {
  @ApiProperty({ type: [FunctionDto] })
  data: FunctionDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

export class VersionPageDto {
  @ApiProperty({ type: [VersionDto] })
  data: VersionDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}
