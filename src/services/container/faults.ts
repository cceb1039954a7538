import { statusTitle, type FaultFormat } from '#kernel/http/faults.ts';

/** Zun's own: the code is the failure's name, title and detail are what the client prints. */
export const zunFaults: FaultFormat = {
  body: (error, status, requestId) => ({
    errors: [
      {
        request_id: requestId,
        code: `container.${kebab(error.code)}`,
        status,
        title: status === 500 ? statusTitle(status) : error.message,
        detail: error.message,
        links: [],
      },
    ],
  }),
};

const kebab = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
