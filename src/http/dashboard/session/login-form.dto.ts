import { IsString } from 'class-validator';

/** What the form of the login page sends. */
export class LoginFormDto {
  /** An access token of the API. */
  @IsString()
  token: string;
}
