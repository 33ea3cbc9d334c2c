// Zooms and moves a canvas inside its stage: wheel, pinch, drag, double click, keyboard, and whoever calls zoom or fit.
// At the start the picture is seen whole, and the page scrolls past it as past any other.
const MOST = 20;
const STEP = 1.4;
const SLACK_PX = 4; // a click may tremble that much
const KEYS = { "+": STEP, "=": STEP, "-": 1 / STEP };
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class View extends EventTarget {
  // width, height: of the picture, which is fitted into the canvas. Says "change" whenever something else is seen.
  constructor(stage, canvas, { width, height }) {
    super();
    Object.assign(this, { stage, canvas, width, height });
    this.place = { zoom: 1, x: 0, y: 0 }; // x, y: where the canvas starts, in widths and heights of the stage
    this.fingers = new Map();
    this.dragged = false; // whether the click that follows is the end of a drag
    this.#listen();
    this.resized = new ResizeObserver(() => this.#changed());
    this.resized.observe(stage);
  }

  stop() {
    this.resized.disconnect();
  }

  // Pixels of the picture in one pixel of the screen.
  get pixel() {
    const { width, height } = this.stage.getBoundingClientRect();
    return 1 / (this.#scale(width, height) * this.place.zoom) || 1;
  }

  // A place on the screen → the same place in the picture.
  toPicture({ clientX, clientY }) {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    const { zoom, x, y } = this.place;
    const fit = this.#scale(width, height);
    return {
      x: (((clientX - left) / width - x) / zoom - 0.5) * (width / fit) + this.width / 2 - 0.5,
      y: (((clientY - top) / height - y) / zoom - 0.5) * (height / fit) + this.height / 2 - 0.5,
    };
  }

  // Larger by a factor, around a place on the screen, or around the middle.
  zoom(factor, at = this.#middle()) {
    const zoom = Math.min(MOST, Math.max(1, this.place.zoom * factor));
    const [u, v] = this.#within(at);
    const grown = zoom / this.place.zoom;
    this.look({ zoom, x: u - (u - this.place.x) * grown, y: v - (v - this.place.y) * grown });
  }

  // Move by pixels of the screen.
  pan(dx, dy) {
    const { width, height } = this.stage.getBoundingClientRect();
    this.look({ ...this.place, x: this.place.x + dx / width, y: this.place.y + dy / height });
  }

  fit() {
    this.look({ zoom: 1, x: 0, y: 0 });
  }

  // See this place, or the nearest one that leaves no border bare.
  look({ zoom, x, y }) {
    const inside = (start) => Math.min(0, Math.max(1 - zoom, start));
    const place = { zoom, x: inside(x), y: inside(y) };
    if (Object.keys(place).every((name) => place[name] === this.place[name])) return;
    this.place = place;
    this.canvas.style.transform = `translate(${100 * this.place.x}%, ${100 * this.place.y}%) scale(${zoom})`;
    this.stage.classList.toggle("zoomed", zoom > 1);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #scale(width, height) {
    return Math.min(width / this.width, height / this.height);
  }

  #middle() {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    return { clientX: left + width / 2, clientY: top + height / 2 };
  }

  #within({ clientX, clientY }) {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  #listen() {
    this.stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.stage.addEventListener("pointerdown", (event) => this.#down(event));
    this.stage.addEventListener("pointermove", (event) => this.#move(event));
    this.stage.addEventListener("dragstart", (event) => event.preventDefault()); // the browser would carry the picture away
    for (const end of ["pointerup", "pointercancel"]) {
      this.stage.addEventListener(end, ({ pointerId }) => this.fingers.delete(pointerId));
    }
    this.stage.addEventListener("dblclick", (event) => {
      if (onButton(event)) return;
      if (this.place.zoom > 1) this.fit();
      else this.zoom(3, event);
    });
    this.stage.addEventListener("keydown", (event) => this.#key(event));
  }

  // Unzoomed, a plain wheel scrolls the page; with Ctrl, as a touchpad's pinch says it, it zooms.
  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey && this.place.zoom === 1) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
    const delta = Math.max(-100, Math.min(100, event.deltaY * lines)); // a mouse's notch is 100 or more
    this.zoom(Math.exp(-delta * (event.ctrlKey && Math.abs(event.deltaY) < 50 ? 0.01 : 0.003)), event);
  }

  #down(event) {
    if (onButton(event) || event.button > 0) return;
    this.dragged = false;
    this.fingers.set(event.pointerId, event);
  }

  #move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    if (!event.buttons) this.fingers.delete(event.pointerId); // let go outside of the stage
    else if (this.fingers.size === 1) this.#drag(before, event);
    else if (this.fingers.size === 2) this.#pinch(before, event);
  }

  #drag(before, event) {
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (this.place.zoom === 1 || (!this.dragged && Math.hypot(dx, dy) < SLACK_PX)) return;
    if (!this.dragged) this.stage.setPointerCapture(event.pointerId);
    this.dragged = true;
    this.fingers.set(event.pointerId, event);
    this.pan(dx, dy);
  }

  #pinch(before, event) {
    const other = [...this.fingers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    this.dragged = true;
    this.fingers.set(event.pointerId, event);
    const [was, is] = [between(before, other), between(event, other)];
    this.pan(is.clientX - was.clientX, is.clientY - was.clientY);
    this.zoom(is.apart / (was.apart || 1), is);
  }

  #key(event) {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in KEYS) this.zoom(KEYS[event.key]);
    else if (event.key === "0") this.fit();
    else if (event.key in ARROWS && this.place.zoom > 1) this.pan(...ARROWS[event.key].map((way) => way * 60));
    else return;
    event.preventDefault();
  }
}

function onButton({ target }) {
  return target.closest("button, a, input") !== null;
}

function between(one, other) {
  return {
    clientX: (one.clientX + other.clientX) / 2,
    clientY: (one.clientY + other.clientY) / 2,
    apart: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
  };
}
