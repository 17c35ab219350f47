import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

const SIZE = /^(0|[1-9]\d{0,14})$/;
const HASH = '5/OxYCIWPASUkJB6mj9TSQ8bmhrOGA8Dk6TcYBbnF8A=';

export class InclusionQuery {
  /** The transfer's number. */
  @ApiProperty({ example: '1042' })
  @Matches(/^[1-9]\d{0,17}$/, { message: 'transfer must be the number of a transfer' })
  transfer: string;

  /** Leaves of the tree to be in; the latest checkpoint's by default. */
  @ApiPropertyOptional({ example: '2048' })
  @IsOptional()
  @Matches(SIZE, { message: 'size must be a number of leaves, a whole number' })
  size?: string;
}

export class InclusionProofDto {
  @ApiProperty({ example: '1042' })
  transferId: string;

  /** The leaf's place in the log, from 0. */
  @ApiProperty({ example: '1041' })
  index: string;

  /** Leaves of the tree that the path leads to. */
  @ApiProperty({ example: '2048' })
  size: string;

  /** SHA-256(0x00 ‖ the leaf's bytes), base64. */
  @ApiProperty({ example: HASH })
  leafHash: string;

  /** From the leaf up (RFC 9162 §2.1.3), base64. */
  @ApiProperty({ type: [String], example: [HASH] })
  path: string[];
}

export class ConsistencyQuery {
  /** Leaves of the smaller tree. */
  @ApiProperty({ example: '1024' })
  @Matches(SIZE, { message: 'from must be a number of leaves, a whole number' })
  from: string;

  /** Leaves of the larger tree. */
  @ApiProperty({ example: '2048' })
  @Matches(SIZE, { message: 'to must be a number of leaves, a whole number' })
  to: string;
}

export class ConsistencyProofDto {
  @ApiProperty({ example: '1024' })
  from: string;

  @ApiProperty({ example: '2048' })
  to: string;

  /** RFC 9162 §2.1.4, base64; empty for equal sizes, and from nothing. */
  @ApiProperty({ type: [String], example: [HASH] })
  path: string[];
}

export class CheckpointDto {
  /** Leaves. */
  @ApiProperty({ example: '2048' })
  size: string;

  /** Of the tree, base64. */
  @ApiProperty({ example: HASH })
  root: string;

  /** C2SP tlog-checkpoint: the text and its signature. */
  @ApiProperty({
    example: `localhost:3000/v1/log\n2048\n${HASH}\n\n— localhost:3000/v1/log x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`,
  })
  note: string;

  @ApiProperty({ example: '2026-11-23T12:00:01.019Z' })
  signedAt: string;
}

export class CheckpointPageDto {
  @ApiProperty({ type: [CheckpointDto] })
  data: CheckpointDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

export class SuccessionDto {
  /** The key before this one, as a verifier key. */
  @ApiProperty({ example: 'localhost:3000/v1/log+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW' })
  signedBy: string;

  /** Leaves when this key followed. */
  @ApiProperty({ example: '1500' })
  size: string;

  /** By the key before, over potluck-log-key-v1 ‖ the log's name ‖ the new public key ‖ size, each with its length; base64. */
  @ApiProperty({
    example: 'ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM5JkuBS9UG/SffcvIAQxVBtiFu==',
  })
  signature: string;
}

export class LogKeyDto {
  /** C2SP verifier key: name+id+base64(0x01 ‖ public key). */
  @ApiProperty({ example: 'localhost:3000/v1/log+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW' })
  vkey: string;

  @ApiProperty({ example: '2026-11-23T12:00:00.019Z' })
  since: string;

  /** When another key followed; null: it signs now. */
  @ApiProperty({ type: String, nullable: true, example: null })
  retiredAt: string | null;

  /** Why whoever trusts the key before may trust this one; null: the log's first key. */
  @ApiProperty({ type: SuccessionDto, nullable: true, example: null })
  succession: SuccessionDto | null;
}

export class LogKeysDto {
  /** Oldest first. */
  @ApiProperty({ type: [LogKeyDto] })
  keys: LogKeyDto[];
}
