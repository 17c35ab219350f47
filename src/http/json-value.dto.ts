/** Stands for any JSON value in the OpenAPI document: `@ApiProperty({ type: JsonValueDto })` on what is `unknown` here. */
export class JsonValueDto {}
