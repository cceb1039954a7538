import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

/** Where the picture stands in its frame, and how big. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 28;
const STEP_PX = 60;
const ZOOM = 1.25;
/** Less movement is a click. */
const STILL_PX = 4;

export function fitted(picture: Size, frame: Size): View {
  const scale = Math.min(
    (frame.width - 2 * MARGIN) / Math.max(picture.width, 1),
    (frame.height - 2 * MARGIN) / Math.max(picture.height, 1),
    1.15,
  );
  const kept = Math.max(scale, 0.05);
  return {
    scale: kept,
    x: (frame.width - picture.width * kept) / 2,
    y: Math.max((frame.height - picture.height * kept) / 2.6, MARGIN),
  };
}

/** @param at the point that stays where it is */
export function zoomed(
  { x, y, scale }: View,
  by: number,
  at: { readonly x: number; readonly y: number },
): View {
  const next = Math.min(Math.max(scale * by, 0.05), 4);
  const real = next / scale;
  return { scale: next, x: at.x - (at.x - x) * real, y: at.y - (at.y - y) * real };
}

/** All of the picture until somebody moves it: by pointer, wheel and keys. */
export function useView(picture: Size) {
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 800, height: 500 });
  const [moved, setMoved] = useState<View>();
  const view = moved ?? fitted(picture, size);
  const now = useRef(view);
  now.current = view;
  useEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    const watched = new ResizeObserver(() => setSize({ width: box.clientWidth, height: box.clientHeight }));
    watched.observe(box);
    const turned = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = box.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      setMoved(zoomed(now.current, ZOOM ** (-event.deltaY / 120), at));
    };
    box.addEventListener('wheel', turned, { passive: false });
    return () => {
      watched.disconnect();
      box.removeEventListener('wheel', turned);
    };
  }, []);
  const zoom = useCallback(
    (by: number) => setMoved(zoomed(now.current, by, { x: size.width / 2, y: size.height / 2 })),
    [size],
  );
  const shift = (x: number, y: number) =>
    setMoved({ ...now.current, x: now.current.x + x, y: now.current.y + y });
  return {
    frame,
    view,
    zoomIn: () => zoom(ZOOM),
    zoomOut: () => zoom(1 / ZOOM),
    fit: () => setMoved(undefined),
    handlers: { ...useDrag(shift), onKeyDown: keysOf({ zoom, shift, fit: () => setMoved(undefined) }) },
  };
}

interface Moves {
  readonly zoom: (by: number) => void;
  readonly shift: (x: number, y: number) => void;
  readonly fit: () => void;
}

const keysOf = ({ zoom, shift, fit }: Moves) => {
  const acts: Readonly<Record<string, () => void>> = {
    '+': () => zoom(ZOOM),
    '=': () => zoom(ZOOM),
    '-': () => zoom(1 / ZOOM),
    '0': fit,
    ArrowLeft: () => shift(STEP_PX, 0),
    ArrowRight: () => shift(-STEP_PX, 0),
    ArrowUp: () => shift(0, STEP_PX),
    ArrowDown: () => shift(0, -STEP_PX),
  };
  return (event: KeyboardEvent) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
};

/** Moves with the pointer; what was a drag is no click. */
function useDrag(shift: Moves['shift']) {
  const last = useRef<{ x: number; y: number; way: number }>(null);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button === 0) last.current = { x: event.clientX, y: event.clientY, way: 0 };
    },
    onPointerMove: (event: PointerEvent) => {
      const from = last.current;
      if (!from || event.buttons === 0) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      const way = from.way + Math.abs(x) + Math.abs(y);
      last.current = { x: event.clientX, y: event.clientY, way };
      if (way > STILL_PX) event.currentTarget.setPointerCapture(event.pointerId);
      shift(x, y);
    },
    onClickCapture: (event: { preventDefault: () => void; stopPropagation: () => void }) => {
      if ((last.current?.way ?? 0) > STILL_PX) {
        event.preventDefault();
        event.stopPropagation();
      }
      last.current = null;
    },
    onDragStart: (event: { preventDefault: () => void }) => event.preventDefault(),
  };
}
