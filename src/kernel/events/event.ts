/** Something that happened to a resource: what dashboards, watchers and other services follow. */
export interface CloudEvent {
  /** Grows by one with each event, in the order of commits. A reader that knows one asks for those after it. */
  readonly seq: number;
  readonly id: string;
  /** ISO-8601. */
  readonly at: string;
  /** null = not of one project: only those who follow all see it. */
  readonly projectId: string | null;
  readonly service: string;
  /** `<service>.<noun>.<what-happened>`: `container.container.started`. */
  readonly type: string;
  /** The id of the resource. */
  readonly resource: string;
  /** Plain JSON. No secrets: it is sent to whoever may read the project. */
  readonly payload: unknown;
}

export type NewEvent = Omit<CloudEvent, 'seq' | 'id' | 'at'>;

/** One message of a `text/event-stream` (HTML Living Standard §9.2). Its id comes back as `Last-Event-ID` when the reader reconnects. */
export const toSse = (event: CloudEvent): string =>
  `id: ${event.seq}\nevent: ${oneLine(event.type)}\ndata: ${JSON.stringify(event)}\n\n`;

const oneLine = (text: string) => text.replace(/[\r\n\0]/g, ' ');
