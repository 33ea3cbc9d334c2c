// The protractor: two lines on the frame of a contact, drawn by hand with mouse, finger or keys. The server reads the
// angle off the same four points once more (poseweb/gait/protractor.py); what is shown here is for the hand to steer by.
import { ready } from "./clip.js";

const SVG = "http://www.w3.org/2000/svg";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10; // pixels that a key moves with Shift
const SHORTEST_PX = 5; // as poseweb/gait/protractor.py has it
const BEFORE_S = 0.1; // the slow loop around a contact, in seconds of the clip …
const AFTER_S = 0.35;
const SLOWLY = 0.1; // … at a tenth of its pace
const CLOSE = 2.5; // how far a foot is zoomed in on, where nobody has zoomed yet
const NAMES = {
  leg: [gettext("Leg line, upper end"), gettext("Leg line, lower end")],
  heel: [gettext("Heel line, upper end"), gettext("Heel line, lower end")],
};
const AWAY = { left: gettext("Left foot, %s ms from its contact"), right: gettext("Right foot, %s ms from its contact") };

const page = document.getElementById("protractor");
const form = document.getElementById("reading");
const shown = document.getElementById("angle");
const keep = document.getElementById("keep");
const slow = document.getElementById("slow");
const where = document.getElementById("where");
const player = await ready(page.querySelector("clip-player"));
const { width, height, keypoints: spelled } = player.overlay.poses;
const svg = element("svg", { class: "overlay protractor", viewBox: `-0.5 -0.5 ${width} ${height}` });
player.overlay.svg.after(svg);
let contact = null; // { side, ms }
const lines = {}; // leg, heel: { points, moved, line, handles }

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// Two upright lines side by side: where they belong is for the hand to say.
function begin() {
  const spot = footOf(contact.side) ?? { x: width / 2, y: height / 2 };
  const tall = height / 10;
  place("leg", [[spot.x, spot.y - 1.1 * tall], [spot.x, spot.y - 0.2 * tall]]);
  place("heel", [[spot.x, spot.y - 0.1 * tall], [spot.x, spot.y + 0.3 * tall]]);
  if (player.view.place.zoom === 1) player.view.zoom(CLOSE);
  centre(lines.leg.handles[1]);
  for (const line of Object.values(lines)) line.moved = false;
  tell();
}

// Move the picture so that a handle is in the middle of the stage.
function centre(handle) {
  const [seen, stage] = [handle.getBoundingClientRect(), player.stage.getBoundingClientRect()];
  const apart = (start, size) => stage[start] + stage[size] / 2 - seen[start] - seen[size] / 2;
  player.view.pan(apart("left", "width"), apart("top", "height"));
}

function outside(handle) {
  const [seen, stage] = [handle.getBoundingClientRect(), player.stage.getBoundingClientRect()];
  return seen.left < stage.left || seen.right > stage.right || seen.top < stage.top || seen.bottom > stage.bottom;
}

function place(name, points) {
  lines[name].points = points.map((point) => point.map(tenths));
  draw(name);
}

// As the server keeps them, so that both read the same angle.
function tenths(pixels) {
  return Math.round(10 * pixels) / 10;
}

// The ankle of that side in the frame that is shown, of whoever is largest; null where nobody is.
function footOf(side) {
  const ankle = spelled.findIndex(({ name }) => name === `${side} ankle`);
  const feet = player.overlay.poses.people.map(({ keypoints }) => keypoints[ankle]).filter((point) => point?.[2] > 0);
  return feet.length ? { x: feet[0][0], y: feet[0][1] } : null;
}

function draw(name) {
  const { points, line, handles } = lines[name];
  const [[x1, y1], [x2, y2]] = points;
  for (const [key, value] of Object.entries({ x1, y1, x2, y2 })) line.setAttribute(key, value);
  handles.forEach((handle, end) => {
    const [x, y] = points[end];
    handle.setAttribute("transform", `translate(${x} ${y})`);
    handle.setAttribute("aria-valuetext", `x ${x.toFixed(0)}, y ${y.toFixed(0)}`);
    handle.setAttribute("aria-valuenow", Math.round(x));
  });
}

function move(name, end, x, y) {
  const line = lines[name];
  const inside = [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))];
  line.moved = true;
  place(name, line.points.map((point, index) => (index === end ? inside : point)));
  tell();
}

function direction([[x0, y0], [x1, y1]]) {
  return (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
}

function long([[x0, y0], [x1, y1]]) {
  return Math.hypot(x1 - x0, y1 - y0) >= SHORTEST_PX;
}

// The angle, and whether it may be kept: both lines were drawn, not left where they began.
function tell() {
  const drawn = Object.values(lines).every(({ moved, points }) => moved && long(points));
  keep.disabled = !contact || !drawn;
  if (!contact) return;
  const turned = ((direction(lines.leg.points) - direction(lines.heel.points) + 540) % 360) - 180;
  const outwards = contact.side === "right" ? turned : -turned;
  shown.textContent = drawn ? `${outwards.toFixed(1).replace("-", "−")}°` : gettext("draw both lines");
}

function build(name) {
  const line = svg.appendChild(element("line", { class: name }));
  const handles = NAMES[name].map((label, end) => {
    const range = { "aria-valuemin": 0, "aria-valuemax": width, "aria-valuenow": 0 };
    const handle = svg.appendChild(element("g", { class: `handle ${name}`, role: "slider", tabindex: 0, "aria-label": label, ...range }));
    handle.append(element("circle", { class: "grip" }), element("circle", { class: "dot" }));
    listen(handle, name, end);
    return handle;
  });
  lines[name] = { points: [[0, 0], [0, 0]], moved: false, line, handles };
}

function listen(handle, name, end) {
  let grip = null; // from the pointer to the point: a finger beside it drags it all the same
  handle.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    handle.focus();
    const at = player.view.toPicture(event);
    const [x, y] = lines[name].points[end];
    grip = { x: x - at.x, y: y - at.y };
  });
  handle.addEventListener("pointermove", (event) => {
    if (!grip) return;
    event.stopPropagation();
    const at = player.view.toPicture(event);
    move(name, end, at.x + grip.x, at.y + grip.y);
  });
  handle.addEventListener("focus", () => outside(handle) && centre(handle));
  for (const over of ["pointerup", "pointercancel"]) handle.addEventListener(over, () => (grip = null));
  for (const other of ["click", "dblclick"]) handle.addEventListener(other, (event) => event.stopPropagation());
  handle.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const far = event.shiftKey ? FAR : 1;
    const [x, y] = lines[name].points[end];
    move(name, end, x + far * way[0], y + far * way[1]);
  });
}

function choose({ side, ms }) {
  contact = { side, ms: Number(ms) };
  loop(false);
  player.video.pause();
  svg.removeAttribute("display");
  player.addEventListener("frame", begin, { once: true });
  player.seek(player.rowNear(contact.ms / 1000));
  slow.disabled = false;
  mark();
  player.scrollIntoView({ block: "nearest" });
}

// Which contact is being measured, in the list; htmx brings a new list after each reading.
function mark() {
  for (const button of page.querySelectorAll(".contact")) {
    const here = contact && button.dataset.side === contact.side && Number(button.dataset.ms) === contact.ms;
    if (here) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

function told() {
  if (!contact) return;
  const from = Math.round(1000 * player.clip.times[player.row] - contact.ms);
  where.textContent = interpolate(AWAY[contact.side], [`${from < 0 ? "−" : "+"}${Math.abs(from)}`]);
}

// Slow motion around the contact, again and again.
function loop(on) {
  slow.setAttribute("aria-pressed", String(on));
  player.video.playbackRate = on ? SLOWLY : Number(player.controls.elements.speed.value);
  if (!on) return;
  player.video.currentTime = Math.max(0, contact.ms / 1000 - BEFORE_S);
  player.video.play();
}

function turnBack() {
  const looping = slow.getAttribute("aria-pressed") === "true";
  if (looping && player.video.currentTime > contact.ms / 1000 + AFTER_S) {
    player.video.currentTime = Math.max(0, contact.ms / 1000 - BEFORE_S);
  }
}

build("leg");
build("heel");
svg.setAttribute("display", "none");
const scale = () => svg.style.setProperty("--pixel", player.view.pixel);
player.view.addEventListener("change", scale);
scale();
player.addEventListener("frame", told);
player.addEventListener("frame", turnBack);
player.video.addEventListener("pause", () => slow.setAttribute("aria-pressed", "false"));
slow.addEventListener("click", () => (slow.getAttribute("aria-pressed") === "true" ? player.video.pause() : loop(true)));
page.addEventListener("click", ({ target }) => {
  const button = target.closest(".contact");
  if (button) choose(button.dataset);
});
form.addEventListener("htmx:configRequest", ({ detail }) => {
  const values = { side: contact.side, contact_ms: contact.ms, frame_ms: Math.round(1000 * player.clip.times[player.row]) };
  for (const name of ["leg", "heel"]) values[name] = JSON.stringify(lines[name].points);
  for (const [name, value] of Object.entries(values)) detail.parameters[name] = value;
});
document.body.addEventListener("htmx:afterSwap", mark);
page.dataset.ready = "";
