// The editor of a result: <pose-editor> around the photo, the tables and the buttons of templates/review.html. The tables
// are forms that work alone; here they show what the picture shows, and all of it is saved at once.
import { Corrections, empty, HIDDEN, MISSING, VISIBLE } from "./corrections.js";
import { EditTables, WORDS } from "./edit-tables.js";
import { standing } from "./figure.js";
import { Overlay } from "./overlay.js";
import { send } from "./send.js";
import { listenToKeys } from "./shortcuts.js";
import { View } from "./view.js";

const REACH_PX = { mouse: 12, pen: 16, touch: 26 }; // of the screen, around the pointer
const SHARE = 0.7; // of the height in view, for somebody new
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOMS = { in: (view) => view.zoom(1.6), out: (view) => view.zoom(1 / 1.6), fit: (view) => view.fit() };

class PoseEditor extends HTMLElement {
  connectedCallback() {
    this.poses = JSON.parse(this.querySelector("script[type='application/json']").textContent);
    this.names = this.poses.keypoints.map(({ name }) => name);
    this.state = new Corrections(this.poses);
    this.revision = this.dataset.revision;
    this.spot = null; // the keypoint that keys and clicks are about: { person, keypoint }
    this.drag = null;
    this.saving = false;
    this.stage = this.querySelector(".stage");
    this.tables = new EditTables(this.querySelector("[data-people]"), this.querySelector("template"), this.state, {
      choose: (spot) => this.select(spot),
      move: (x, y) => this.change(null, () => this.state.move(this.spot, x, y)),
      mark: (visibility) => this.mark(visibility),
      wish: (person, wish) => this.#deed(person, wish),
    });
    const canvas = this.querySelector(".canvas");
    this.overlay = new Overlay(canvas, this.#drawn());
    this.#listenToStage(); // before the view does: a keypoint under the pointer is dragged, not the photo
    this.view = new View(this.stage, canvas, this.poses);
    this.view.addEventListener("change", () => this.overlay.scale(this.view.pixel));
    this.overlay.scale(this.view.pixel);
    this.#listenToButtons();
    listenToKeys(this, this.querySelector("[data-shortcuts]"), {
      save: () => this.save(),
      undo: () => this.travel("undo"),
      redo: () => this.travel("redo"),
    });
    window.addEventListener("beforeunload", (event) => this.state.changes.length && event.preventDefault());
    this.#show();
  }

  disconnectedCallback() {
    this.view.stop();
  }

  // ── What is seen ──

  // The people as overlay.js draws them: whoever is there has a score.
  #drawn() {
    const people = this.state.people.map(({ score, keypoints }) => ({ score, keypoints: keypoints.map(scored) }));
    return { ...this.poses, threshold: 0, people };
  }

  // Everything anew, after people came or went.
  #show() {
    Object.assign(this.overlay.poses, this.#drawn());
    this.overlay.draw();
    this.tables.fit();
    this.state.people.forEach((_, person) => this.#showPerson(person));
    if (this.spot && !this.state.people[this.spot.person]) this.spot = null;
    this.select(this.spot);
  }

  #showPerson(person) {
    this.state.people[person].keypoints.forEach((known, keypoint) => {
      this.overlay.move({ person, keypoint }, ...scored(known));
      this.overlay.people[person].circles[keypoint].classList.toggle("unseen", known[2] === HIDDEN);
    });
    const hidden = this.state.people.flatMap(({ removed: gone }, other) => (gone ? [other] : []));
    this.overlay.look({ hidden: new Set(hidden) });
    this.tables.show(person);
    this.#showButtons();
  }

  #showButtons() {
    this.querySelector("[data-do=undo]").disabled = !this.state.past.length;
    this.querySelector("[data-do=redo]").disabled = !this.state.future.length;
    this.querySelector("[data-do=save]").disabled = !this.state.changes.length;
  }

  select(spot) {
    this.spot = spot;
    this.overlay.light(spot);
    this.tables.light(spot);
    this.#tell();
  }

  #tell() {
    const readout = this.querySelector(".readout");
    if (!this.spot) readout.textContent = readout.dataset.idle;
    else if (this.spot.keypoint === null) readout.textContent = interpolate(gettext("Person %s: drag to move all of it"), [this.spot.person + 1]);
    else readout.textContent = this.#said(this.spot);
  }

  #said({ person, keypoint }) {
    const { keypoints, said } = this.state.people[person];
    const [x, y, visibility] = keypoints[keypoint];
    const place = visibility === MISSING ? gettext("missing; click where it is") : `x ${x.toFixed(1)}, y ${y.toFixed(1)}, ${WORDS[visibility]}`;
    const [nx, ny, score] = said[keypoint];
    const words = { person: person + 1, keypoint: this.poses.keypoints[keypoint].title, place, network: `${nx.toFixed(1)}, ${ny.toFixed(1)}` };
    if (score > 0) return interpolate(gettext("Person %(person)s, %(keypoint)s: %(place)s; network %(network)s"), words, true);
    return interpolate(gettext("Person %(person)s, %(keypoint)s: %(place)s"), words, true);
  }

  // ── What is changed ──

  // `kind` names changes that are undone together when they come at once.
  change(kind, deed) {
    this.state.step(kind);
    deed();
    this.#showPerson(this.spot.person);
    this.#tell();
  }

  mark(visibility) {
    if (this.spot?.keypoint != null) this.change(null, () => this.state.mark(this.spot, visibility));
  }

  add() {
    this.state.step();
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    const place = this.view.toPicture({ clientX: left + width / 2, clientY: top + height / 2 });
    const tall = SHARE * Math.min(height * this.view.pixel, this.poses.height);
    this.state.add(standing(this.names, place, tall));
    this.#show();
    this.select({ person: this.state.people.length - 1, keypoint: null });
    this.stage.focus();
  }

  travel(way) {
    if (this.state[way]()) this.#show();
  }

  async save({ accept = false } = {}) {
    if (this.saving) return; // a second click would come second, and be refused as such
    const lost = this.state.people.findIndex(({ removed, keypoints }) => !removed && empty(keypoints));
    if (lost >= 0) return this.#refuse(interpolate(gettext("Person %s has no keypoint left. Remove the person instead."), [lost + 1]));
    const body = new FormData(this.querySelector("[data-accept]"));
    body.set("revision", this.revision);
    body.set("people", JSON.stringify(this.state.changes));
    if (accept) body.set("accept", "1");
    this.saving = true;
    const answer = await send(body);
    this.saving = Boolean(answer.next); // until the next page is there
    if (answer.error) this.#refuse(answer.error, answer.stale ? () => this.#force(answer.revision, accept) : null);
    else this.#leave(() => location.assign(answer.next));
  }

  #force(revision, accept) {
    this.revision = revision;
    this.save({ accept });
  }

  // Nothing is left to warn of.
  #leave(way) {
    this.state.stored = structuredClone(this.state.people);
    way();
  }

  #refuse(sentence, force = null) {
    const fault = this.querySelector(".script-fault");
    fault.querySelector("p").textContent = sentence;
    fault.hidden = false;
    fault.querySelector(".choices").hidden = !force;
    fault.querySelector("[data-do=force]").onclick = force;
    fault.scrollIntoView({ block: "nearest" });
  }

  // ── Who says so ──

  #listenToStage() {
    const catchIt = { capture: true };
    this.stage.addEventListener("pointerdown", (event) => this.#grab(event), catchIt);
    this.stage.addEventListener("pointermove", (event) => this.#pull(event), catchIt);
    for (const end of ["pointerup", "pointercancel"]) this.stage.addEventListener(end, (event) => this.#drop(event), catchIt);
    this.stage.addEventListener("keydown", (event) => this.#key(event), catchIt);
    this.stage.addEventListener("click", (event) => this.#place(event));
  }

  #grab(event) {
    if (event.target.closest("button") || event.button > 0 || this.drag || this.view.fingers.size) return;
    const at = this.view.toPicture(event);
    const spot = this.overlay.nearest(at, (REACH_PX[event.pointerType] ?? REACH_PX.mouse) * this.view.pixel);
    if (!spot) return;
    event.stopImmediatePropagation();
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.select(spot);
    this.drag = { id: event.pointerId, at, from: structuredClone(this.state.people[spot.person].keypoints), moved: false };
  }

  #pull(event) {
    if (event.pointerId !== this.drag?.id) return;
    event.stopImmediatePropagation();
    const at = this.view.toPicture(event);
    const [dx, dy] = [at.x - this.drag.at.x, at.y - this.drag.at.y];
    if (!this.drag.moved && Math.hypot(dx, dy) < 3 * this.view.pixel) return;
    if (!this.drag.moved) this.state.step();
    this.drag.moved = true;
    const { person, keypoint: one } = this.spot;
    this.drag.from.forEach(([x, y, visibility], keypoint) => {
      if (visibility !== MISSING && (one === null || one === keypoint)) this.state.move({ person, keypoint }, x + dx, y + dy);
    });
    this.#showPerson(person);
  }

  #drop(event) {
    if (event.pointerId !== this.drag?.id) return;
    event.stopImmediatePropagation();
    this.placed = true; // the click that follows is the end of this
    setTimeout(() => (this.placed = false));
    this.drag = null;
    this.#tell();
  }

  // A click into the photo: where the chosen keypoint is that was missing; else nobody is chosen any more.
  #place(event) {
    if (event.target.closest("button") || this.view.dragged || this.placed) return;
    const { x, y } = this.view.toPicture(event);
    if (this.spot?.keypoint != null && this.state.people[this.spot.person].keypoints[this.spot.keypoint][2] === MISSING) {
      this.change(null, () => this.state.move(this.spot, x, y));
    } else this.select(null);
  }

  // What the buttons below a person's table say.
  #deed(person, wish) {
    this.spot = { person, keypoint: null };
    if (wish === "network") this.change(null, () => this.state.restore(person));
    else this.change(null, () => (this.state.people[person].removed = wish === "remove"));
  }

  #listenToButtons() {
    const deeds = {
      undo: () => this.travel("undo"),
      redo: () => this.travel("redo"),
      add: () => this.add(),
      save: () => this.save(),
      theirs: () => this.#leave(() => location.reload()),
    };
    for (const [name, deed] of Object.entries(deeds)) this.querySelector(`[data-do=${name}]`).addEventListener("click", deed);
    for (const [name, zoom] of Object.entries(ZOOMS)) {
      this.querySelector(`[data-zoom=${name}]`).addEventListener("click", () => zoom(this.view));
    }
    this.querySelector("[data-accept]").addEventListener("submit", (event) => {
      if (event.submitter?.name !== "accept") return;
      event.preventDefault();
      this.save({ accept: true });
    });
    this.querySelector("[data-names]").addEventListener("change", ({ target }) => this.overlay.look({ names: target.checked }));
  }

  #key(event) {
    if (event.target !== this.stage || event.altKey || event.ctrlKey || event.metaKey || !this.#obey(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // A key on the photo; whether it meant something.
  #obey({ key, shiftKey }) {
    const steps = { ",": -1, ".": 1 }[key];
    if (steps) return this.#walk(steps);
    if (this.spot?.keypoint == null) return false;
    const { person, keypoint } = this.spot;
    const [x, y, visibility] = this.state.people[person].keypoints[keypoint];
    if (key in ARROWS && visibility !== MISSING) {
      const far = Math.max(0.1, this.view.pixel) * (shiftKey ? 10 : 1);
      const [dx, dy] = ARROWS[key];
      this.change(`nudge ${person} ${keypoint}`, () => this.state.move(this.spot, x + dx * far, y + dy * far));
    } else if (key === "h") this.mark(visibility === HIDDEN ? VISIBLE : HIDDEN);
    else if (key === "Delete" || key === "Backspace") this.mark(MISSING);
    else return false;
    return true;
  }

  // To the next keypoint, and on to the next person who is there.
  #walk(steps) {
    const here = this.state.people.flatMap(({ removed }, person) => (removed ? [] : this.names.map((_, keypoint) => ({ person, keypoint }))));
    if (!here.length) return false;
    const at = here.findIndex(({ person, keypoint }) => person === this.spot?.person && keypoint === this.spot.keypoint);
    this.select(here[(at < 0 ? 0 : at + steps + here.length) % here.length]);
    return true;
  }
}

// A keypoint as overlay.js takes it: whatever is there is shown.
function scored([x, y, visibility]) {
  return [x, y, visibility === MISSING ? 0 : 1];
}

customElements.define("pose-editor", PoseEditor);
