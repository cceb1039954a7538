import type { Clock } from '#kernel/clock.ts';
import { CloudError, forbidden, messageOf, unavailable } from '#kernel/errors.ts';
import type { Connection } from './connection.ts';
import {
  CONNECT_FRAME,
  CONNECTED_FRAME,
  connectedFrame,
  connectedRecord,
  connectRecord,
  FrameType,
  NIL_UUID,
  type ConnectedFrame,
} from './frames.ts';
import { Command, ErrorOperand, frameName, Status } from './operands.ts';
import { isServing, mayActAs } from './roles.ts';

const HANDSHAKE_TIME = 30_000;

/** Who an end says it is. */
export interface Identity {
  readonly uuid: string;
  /** Bits of `Role`. */
  readonly roles: number;
}

/** The server's side: CONNECT in, CONNECTED out. A peer that is refused is told, and the connection closed. @throws CloudError */
export async function acceptClient(
  connection: Connection,
  self: Identity & { readonly configuration: Uint8Array },
  clock: Clock,
): Promise<Identity> {
  const connect = await firstFrame(connection, self, clock);
  if (
    connect.type !== FrameType.Command ||
    connect.operand !== Command.CONNECT ||
    connect.source === NIL_UUID
  ) {
    connection.refuse(ErrorOperand.ConnectionFailure, self.uuid);
    throw forbidden(`The peer began with ${frameName(connect.type, connect.operand)}, not with CONNECT.`);
  }
  if (!mayActAs(connection.peerRoles, connect.role)) {
    connection.refuse(ErrorOperand.ConnectionAborted, self.uuid);
    throw forbidden(`The peer claims roles ${connect.role}; its certificate grants ${connection.peerRoles}.`);
  }
  const connected = {
    type: FrameType.Status,
    operand: Status.CONNECTED,
    role: self.roles,
    source: self.uuid,
    destination: connect.source,
    payload: self.configuration,
  };
  connection.write(CONNECTED_FRAME, connectedRecord(connected));
  return { uuid: connect.source, roles: connect.role };
}

/** The client's side: CONNECT out, CONNECTED in, with the server's configuration. @throws CloudError */
export async function joinServer(
  connection: Connection,
  self: Identity,
  clock: Clock,
): Promise<Identity & { configuration: Uint8Array }> {
  const connect = {
    type: FrameType.Command,
    operand: Command.CONNECT,
    role: self.roles,
    source: self.uuid,
    destination: NIL_UUID,
  };
  connection.write(CONNECT_FRAME, connectRecord(connect));
  const connected = await firstFrame(connection, self, clock);
  if (connected.type === FrameType.Error) {
    connection.close();
    throw forbidden(`The server refused this node: ${frameName(connected.type, connected.operand)}.`);
  }
  const isConnected = connected.type === FrameType.Status && connected.operand === Status.CONNECTED;
  if (!isConnected || !isServing(connected.role) || !mayActAs(connection.peerRoles, connected.role)) {
    connection.refuse(ErrorOperand.ConnectionFailure, self.uuid);
    throw forbidden('The other end is not an SSNTP server by its certificate and its answer.');
  }
  return { uuid: connected.source, roles: connected.role, configuration: connected.payload };
}

async function firstFrame(connection: Connection, self: Identity, clock: Clock): Promise<ConnectedFrame> {
  const done = new AbortController();
  clock.sleep(HANDSHAKE_TIME, done.signal).then(
    () => connection.destroy(unavailable('The handshake took too long.')),
    () => {},
  );
  try {
    const record = await connection.next();
    if (!record) throw unavailable('The peer closed the connection in the handshake.');
    return connectedFrame(record);
  } catch (thrown) {
    const error = CloudError.from(thrown);
    if (error.kind === 'bad-request') connection.refuse(ErrorOperand.ConnectionFailure, self.uuid);
    throw new CloudError(error.kind, `SSNTP handshake: ${messageOf(error)}`, { cause: thrown });
  } finally {
    done.abort();
  }
}
