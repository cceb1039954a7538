import { CloudError } from '../../../src/kernel/errors.ts';

/** An API's refusal, with the id that its operator finds it by. */
export class ApiError extends CloudError {
  readonly requestId: string | null;

  constructor({ kind, message }: CloudError, requestId: string | null) {
    super(kind, message);
    this.requestId = requestId;
  }
}
