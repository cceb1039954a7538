import {
  packId,
  packMethods,
  signed,
  unpackId,
  unpackMethods,
  verified,
  type AuthMethod,
  type Keyring,
} from './codec.ts';

/** That somebody has proved a part of what is asked, and may bring the rest. */
export interface Receipt {
  readonly userId: string;
  readonly methods: readonly AuthMethod[];
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The first byte, which no token has: a receipt is never taken for one. */
const KIND = 2;

/** Receipts in the form of tokens, signed with the same keys. */
export function encodeReceipt(keys: Keyring, receipt: Receipt): string {
  const head = Buffer.alloc(18);
  head.writeUInt8(KIND, 0);
  head.writeUInt8(packMethods(receipt.methods), 1);
  head.writeDoubleBE(receipt.issuedAt, 2);
  head.writeDoubleBE(receipt.expiresAt, 10);
  return signed(keys, Buffer.concat([head, packId(receipt.userId)]));
}

/** @returns undefined for what none of the keys signed. */
export function decodeReceipt(keys: Keyring, text: string): Receipt | undefined {
  const body = verified(keys, text, KIND);
  return (
    body && {
      methods: unpackMethods(body.readUInt8(1)),
      issuedAt: body.readDoubleBE(2),
      expiresAt: body.readDoubleBE(10),
      userId: unpackId(body, 18).id,
    }
  );
}
