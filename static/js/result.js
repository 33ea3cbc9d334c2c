// A photo with its overlay: <pose-view> around a stage with a canvas, a form of controls, and the poses as JSON.
// An element of its own, because htmx swaps pages while they are looked at: whatever is put in comes to life.
import { Overlay } from "./overlay.js";
import { KeypointTables } from "./tables.js";
import { View } from "./view.js";

const KEPT = "poseweb.overlay"; // what is shown and how, for every photo
const REACH_PX = 14; // of the screen, around the pointer
const BUTTONS = { in: (view) => view.zoom(1.6), out: (view) => view.zoom(1 / 1.6), fit: (view) => view.fit() };

class PoseView extends HTMLElement {
  connectedCallback() {
    this.poses = JSON.parse(this.querySelector("script[type='application/json']").textContent);
    this.stage = this.querySelector(".stage");
    const canvas = this.querySelector(".canvas");
    this.overlay = new Overlay(canvas, this.poses);
    this.view = new View(this.stage, canvas, this.poses);
    this.view.addEventListener("change", () => this.#looked());
    this.overlay.scale(this.view.pixel);
    this.tables = new KeypointTables(this.dataset.tables, (spot) => this.light(spot));
    this.picked = null;
    this.#listenToStage();
    this.#listenToControls();
    this.dispatchEvent(new CustomEvent("pose-view", { bubbles: true })); // overlay and view are at hand
  }

  // Two views of one photo, side by side, share their controls and look at the same place.
  get #pair() {
    return this.closest(".pair");
  }

  #looked() {
    this.overlay.scale(this.view.pixel);
    for (const other of this.#pair?.querySelectorAll("pose-view") ?? []) other.view?.look(this.view.place);
  }

  disconnectedCallback() {
    this.view.stop();
  }

  // Highlight { person, keypoint } in the picture, in the tables and in words; null: what was picked, or nothing.
  light(spot) {
    const shown = spot ?? this.picked;
    this.overlay.light(shown);
    this.tables.light(shown);
    const readout = this.querySelector(".readout");
    if (readout) readout.textContent = shown ? this.#said(shown) : readout.dataset.idle;
  }

  #said({ person, keypoint }) {
    const { score, keypoints } = this.poses.people[person];
    const whole = { person: person + 1, score: score.toFixed(2) };
    if (keypoint === null) return interpolate(gettext("Person %(person)s, score %(score)s"), whole, true);
    const [x, y, sure] = keypoints[keypoint];
    const { title } = this.poses.keypoints[keypoint];
    const words = { person: person + 1, keypoint: title, x: x.toFixed(1), y: y.toFixed(1), score: sure.toFixed(2) };
    return interpolate(gettext("Person %(person)s, %(keypoint)s: x %(x)s, y %(y)s, score %(score)s"), words, true);
  }

  #spotAt(event) {
    return this.overlay.nearest(this.view.toPicture(event), REACH_PX * this.view.pixel);
  }

  #listenToStage() {
    this.stage.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && !event.buttons) this.light(this.#spotAt(event));
    });
    this.stage.addEventListener("pointerleave", () => this.light(null));
    this.stage.addEventListener("click", (event) => {
      if (event.target.closest("button") || this.view.dragged) return;
      this.picked = this.#spotAt(event);
      if (this.picked) this.tables.open(this.picked.person);
      this.light(null);
    });
    for (const [name, act] of Object.entries(BUTTONS)) {
      this.querySelector(`[data-zoom="${name}"]`)?.addEventListener("click", () => act(this.view));
    }
  }

  #listenToControls() {
    const form = this.querySelector(".controls") ?? this.#pair?.querySelector(".controls");
    if (!form) return;
    recall(form);
    form.addEventListener("input", () => this.#follow(form));
    form.addEventListener("change", () => keep(form));
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const box of form.querySelectorAll("[name=person]")) {
      const spot = { person: Number(box.value), keypoint: null };
      for (const near of ["pointerenter", "focusin"]) box.parentElement.addEventListener(near, () => this.light(spot));
      for (const away of ["pointerleave", "focusout"]) box.parentElement.addEventListener(away, () => this.light(null));
    }
    form.querySelector("[data-everyone]")?.addEventListener("click", () => {
      const boxes = [...form.querySelectorAll("[name=person]")];
      const nobody = boxes.every(({ checked }) => !checked);
      for (const box of boxes) box.checked = nobody;
      this.#follow(form);
    });
    this.#follow(form);
  }

  #follow(form) {
    const hidden = [...form.querySelectorAll("[name=person]:not(:checked)")].map(({ value }) => Number(value));
    this.overlay.look({ ...settings(form), hidden: new Set(hidden) });
    form.elements["threshold-told"].value = Number(form.elements.threshold.value).toFixed(2);
    form.elements["opacity-told"].value = `${Math.round(100 * form.elements.opacity.value)} %`;
    const everyone = form.querySelector("[data-everyone]");
    if (everyone) everyone.textContent = hidden.length === this.poses.people.length ? gettext("Show everyone") : gettext("Hide everyone");
    offer(form.elements.threshold);
  }
}

// The drawings below "download" leave out what the picture leaves out.
function offer({ value, defaultValue }) {
  for (const link of document.querySelectorAll("a[data-drawn]")) {
    link.dataset.usual ??= link.getAttribute("href");
    const usual = Number(value) === Number(defaultValue);
    link.setAttribute("href", usual ? link.dataset.usual : `${link.dataset.drawn}?threshold=${value}`);
  }
}

function settings(form) {
  const { skeleton, points, names, threshold, opacity } = form.elements;
  const shown = { skeleton: skeleton.checked, points: points.checked, names: names.checked };
  return { ...shown, threshold: Number(threshold.value), opacity: Number(opacity.value) };
}

function keep(form) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(settings(form)));
  } catch {
    // A browser that keeps nothing shows the photo all the same.
  }
}

function recall(form) {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    // Nothing is kept, or nothing that we wrote.
  }
  for (const [name, value] of Object.entries(kept)) {
    const control = form.elements[name];
    if (control?.type === "checkbox") control.checked = value;
    else if (control?.type === "range") control.value = value;
  }
}

customElements.define("pose-view", PoseView);
