import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsEmail,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { type Scope, scopes } from '../http/scopes.js';

export class RegisterAccountDto {
  /** Shown to nobody but the account itself and auditors. */
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'Ada' })
  @IsString()
  @Length(1, 100)
  name: string;

  @ApiPropertyOptional({ example: 'ada@example.org' })
  @IsOptional()
  @IsEmail()
  email?: string;

  /** Where registration is by invite. */
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @Length(1, 200)
  invite?: string;
}

export class UpdateAccountDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100 })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name?: string;

  /** null takes it away. */
  @ApiPropertyOptional({ type: String, nullable: true })
  @ValidateIf((body: { email?: unknown }) => body.email !== undefined && body.email !== null)
  @IsEmail()
  email?: string | null;

  /** Share of earnings given to commons, 0 to 100. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 100 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(100)
  donatePercent?: number;
}

export class AccountDto {
  @ApiProperty({ example: 'acct_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  @ApiProperty({ example: 'Ada' })
  name: string;

  @ApiProperty({ type: String, nullable: true, example: 'ada@example.org' })
  email: string | null;

  @ApiProperty({ enum: ['member', 'auditor', 'operator'] })
  role: string;

  @ApiProperty({ type: 'integer', example: 0 })
  donatePercent: number;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  createdAt: string;
}

export class IssuedApiKeyDto {
  @ApiProperty({ example: 'key_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  /** Shown once; null in a replay. */
  @ApiProperty({ type: String, nullable: true, example: 'plk_3vQ0mX9aR2bT7cY5dU1eW8fZ4gK6hN0i1A2b3C' })
  secret: string | null;

  /** True in a replay: the secret was shown before and is stored nowhere. */
  @ApiPropertyOptional({ example: true })
  secretShown?: boolean;

  @ApiProperty({ enum: scopes, isArray: true, example: ['functions:invoke', 'jobs:read'] })
  scopes: string[];

  @ApiPropertyOptional({ type: String, nullable: true })
  name?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  expiresAt?: string | null;
}

export class RegisteredAccountDto {
  @ApiProperty({ type: AccountDto })
  account: AccountDto;

  @ApiProperty({ type: IssuedApiKeyDto })
  apiKey: IssuedApiKeyDto;
}

export class IssueApiKeyDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100, example: 'laptop' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name?: string;

  /** Those of the calling key where absent. */
  @ApiPropertyOptional({ enum: scopes, isArray: true, example: ['functions:invoke', 'jobs:read'] })
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsIn([...scopes], { each: true })
  scopes?: Scope[];

  @ApiPropertyOptional({ example: '2027-01-01T00:00:00.000Z' })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  expiresAt?: string;

  /** The most that this key may have held in a UTC day, in micro-credits. */
  @ApiPropertyOptional({ example: '5000000' })
  @IsOptional()
  @Matches(/^(0|[1-9]\d{0,17})$/, { message: 'dailySpendCap must be micro-credits as a decimal string, as "5000000"' })
  dailySpendCap?: string;

  /** Browser origins that may use this key. */
  @ApiPropertyOptional({ type: [String], example: ['https://app.example.org'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @Matches(/^https?:\/\/[^/\s]{1,200}$/, { each: true, message: 'allowedOrigins must be origins, as https://app.example.org' })
  allowedOrigins?: string[];
}

export class ApiKeyDto {
  @ApiProperty({ example: 'key_01jd8w2v7qe3f9a2kq0v6m4xyz' })
  id: string;

  @ApiProperty({ type: String, nullable: true, example: 'laptop' })
  name: string | null;

  /** How the secret begins. */
  @ApiProperty({ example: 'plk_3vQ0' })
  prefix: string;

  @ApiProperty({ enum: scopes, isArray: true })
  scopes: string[];

  @ApiProperty({ type: [String] })
  allowedOrigins: string[];

  @ApiProperty({ type: String, nullable: true, example: null })
  dailySpendCap: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  expiresAt: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  revokedAt: string | null;

  @ApiProperty({ example: '2026-11-23T12:00:00.000Z' })
  createdAt: string;
}

export class ApiKeyPageDto {
  @ApiProperty({ type: [ApiKeyDto] })
  data: ApiKeyDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}
