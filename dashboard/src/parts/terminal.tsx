import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal as Screen } from '@xterm/xterm';
import { useEffect, useRef } from 'react';
import type { TerminalSize } from '../../../src/sdk/containers.ts';
import { useText } from '../messages/messages.tsx';

interface TerminalProps {
  /** A WebSocket whose bytes are a terminal's. */
  readonly url: string;
  readonly resized: (size: TerminalSize) => void;
}

/** The same path at the place that this page came from. */
function socketAt(url: string): WebSocket {
  const { pathname, search } = new URL(url, location.origin);
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${pathname}${search}`, ['binary']);
  socket.binaryType = 'arraybuffer';
  return socket;
}

export function Terminal({ url, resized }: TerminalProps) {
  const text = useText();
  const place = useRef<HTMLDivElement>(null);
  const told = useRef({ text, resized });
  told.current = { text, resized };
  useEffect(() => {
    if (place.current) return show(place.current, url, told.current);
    return undefined;
  }, [url]);
  return <div className="terminal-place" ref={place} />;
}

interface Told extends Pick<TerminalProps, 'resized'> {
  readonly text: ReturnType<typeof useText>;
}

/** @returns what closes it */
function show(place: HTMLElement, url: string, { text, resized }: Told): () => void {
  const screen = new Screen({
    cursorBlink: true,
    fontSize: 13,
    fontFamily: getComputedStyle(document.body).getPropertyValue('--mantine-font-family-monospace'),
    theme: { background: '#101216', foreground: '#e4e7ec' },
    screenReaderMode: true,
  });
  const fit = new FitAddon();
  screen.loadAddon(fit);
  screen.open(place);
  const socket = socketAt(url);
  const utf8 = new TextEncoder();
  const typed = screen.onData(
    (words) => socket.readyState === WebSocket.OPEN && socket.send(utf8.encode(words)),
  );
  const size = () => resized({ rows: screen.rows, columns: screen.cols });
  const turned = screen.onResize(size);
  const watched = new ResizeObserver(() => fit.fit());
  watched.observe(place);
  socket.addEventListener('open', () => {
    fit.fit();
    size();
    screen.focus();
  });
  socket.addEventListener('message', ({ data }) => screen.write(new Uint8Array(data as ArrayBuffer)));
  socket.addEventListener('close', ({ reason }) =>
    screen.write(`\r\n\u001b[2m${text('workload.closed')} ${reason}\u001b[0m\r\n`),
  );
  return () => {
    watched.disconnect();
    for (const listener of [typed, turned]) listener.dispose();
    socket.close(1000);
    screen.dispose();
  };
}
