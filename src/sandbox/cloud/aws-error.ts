/** Owns the refusals of the simulated AWS: a code, a message and an HTTP status, thrown by any action. */

export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

/** CloudFormation's and Auto Scaling's usual refusal. */
export const validationError = (message: string): AwsError => new AwsError('ValidationError', message);

export const missingParameter = (name: string): AwsError =>
  new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
