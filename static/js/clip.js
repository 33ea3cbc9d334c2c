// A clip with its people drawn live: <clip-player> around a stage with a video, a form of controls, and what does not
// change from frame to frame as JSON. The keypoints of all frames are fetched (poseweb/clips/results.py, keypoints_of).
// Without this file the video that is there plays by itself: the same frames, with everyone drawn into them.
import { Overlay } from "./overlay.js";
import { View } from "./view.js";

const KEPT = "poseweb.clip"; // what is shown and how, for every clip
const STEPS = { ",": -1, ".": 1 };
const BUTTONS = { in: (view) => view.zoom(1.6), out: (view) => view.zoom(1 / 1.6), fit: (view) => view.fit() };

class ClipPlayer extends HTMLElement {
  async connectedCallback() {
    this.video = this.querySelector("video");
    this.controls = this.querySelector("form");
    this.#recall();
    try {
      this.clip = await (await fetch(this.dataset.keypoints)).json();
    } catch {
      return; // the annotated video plays on
    }
    if (!this.isConnected) return;
    this.row = -1;
    this.#become();
    this.#listen();
    this.#follow();
    this.dispatchEvent(new CustomEvent("clip-player")); // clip, overlay and view are at hand
  }

  disconnectedCallback() {
    this.view?.stop();
    this.video.pause();
  }

  // From the annotated video to the plain one with the overlay on it.
  #become() {
    const drawn = JSON.parse(this.querySelector("script[type='application/json']").textContent);
    const stage = this.querySelector(".stage");
    const canvas = this.querySelector(".canvas");
    this.overlay = new Overlay(canvas, drawn);
    this.view = new View(stage, canvas, drawn);
    this.view.addEventListener("change", () => this.overlay.scale(this.view.pixel));
    this.overlay.scale(this.view.pixel);
    this.video.controls = false;
    this.video.removeAttribute("poster"); // it shows another frame, with its skeletons drawn in
    this.video.src = this.dataset.plain;
    this.controls.hidden = false;
    this.controls.elements.frame.max = this.clip.times.length - 1;
    this.querySelector(".zoom").hidden = false;
    this.stage = stage;
    this.#look();
  }

  // Which row of the clip is on the screen: told by the video with every frame, where the browser can.
  #follow() {
    if (this.video.requestVideoFrameCallback) {
      const told = (_, { mediaTime }) => {
        this.#show(this.rowAt(mediaTime));
        this.video.requestVideoFrameCallback(told);
      };
      this.video.requestVideoFrameCallback(told);
    }
    for (const moment of ["seeked", "timeupdate", "loadeddata"]) {
      this.video.addEventListener(moment, () => this.#show(this.rowAt(this.video.currentTime)));
    }
  }

  // The last frame that has begun at a time; half a millisecond makes up for what clocks round away.
  rowAt(time) {
    const { times } = this.clip;
    let [low, high] = [0, times.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle] <= time + 0.0005) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // The frame nearest to a moment, which may lie between two.
  rowNear(seconds) {
    const { times } = this.clip;
    const row = this.rowAt(seconds);
    return times[row + 1] - seconds < seconds - times[row] ? row + 1 : row;
  }

  #show(row) {
    this.row = row;
    const { kind, ids } = this.controls.elements;
    const present = this.clip.tracks.filter(({ id, first, raw }) => row >= first && row < first + raw.length && !this.unseen.has(id));
    const people = present.map((track) => ({ id: track.id, keypoints: track[kind.value][row - track.first].map(unpacked) }));
    this.overlay.poses.people = people.filter(({ keypoints }) => keypoints.some(([, , score]) => score > 0));
    this.overlay.draw();
    if (ids.checked) this.#number();
    this.#tell();
    this.dispatchEvent(new CustomEvent("frame")); // another one is on the screen, and drawn
  }

  // Everyone's id above their head.
  #number() {
    this.overlay.poses.people.forEach(({ id, keypoints }, person) => {
      const found = keypoints.filter(([, , score]) => score > 0);
      const [xs, ys] = [found.map(([x]) => x), found.map(([, y]) => y)];
      const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      text.setAttribute("class", "id");
      text.setAttribute("x", (Math.min(...xs) + Math.max(...xs)) / 2);
      text.setAttribute("y", Math.min(...ys));
      text.textContent = id;
      this.overlay.people[person].group.append(text);
    });
  }

  #tell() {
    const { frame } = this.controls.elements;
    const { times } = this.clip;
    if (!this.scrubbing) frame.value = this.row;
    const place = { seconds: times[this.row].toFixed(2), frame: this.row + 1, frames: times.length };
    const told = interpolate(gettext("%(seconds)s s, frame %(frame)s of %(frames)s"), place, true);
    frame.setAttribute("aria-valuetext", told);
    this.querySelector(".readout").textContent = told;
  }

  // To the middle of a frame, so that no rounding shows its neighbour. One seek at a time: dragging asks for many.
  seek(row) {
    const { times } = this.clip;
    this.wanted = Math.min(times.length - 1, Math.max(0, row));
    if (this.video.seeking) return;
    const end = times[this.wanted + 1] ?? times[this.wanted] + 0.02;
    this.video.currentTime = (times[this.wanted] + end) / 2;
    this.going = this.wanted;
  }

  step(frames) {
    this.video.pause();
    this.seek((this.video.seeking ? this.wanted : this.row) + frames);
  }

  toggle() {
    if (this.video.paused) this.video.play();
    else this.video.pause();
  }

  #listen() {
    const { frame, speed, play } = this.controls.elements;
    this.video.addEventListener("seeked", () => this.wanted !== undefined && this.wanted !== this.going && this.seek(this.wanted));
    for (const [moment, label] of [["play", gettext("Pause")], ["pause", gettext("Play")]]) {
      this.video.addEventListener(moment, () => {
        play.setAttribute("aria-label", label);
        this.classList.toggle("playing", moment === "play");
      });
    }
    play.addEventListener("click", () => this.toggle());
    this.controls.elements.back.addEventListener("click", () => this.step(-1));
    this.controls.elements.on.addEventListener("click", () => this.step(1));
    frame.addEventListener("input", () => {
      this.scrubbing = true;
      this.video.pause();
      this.seek(Number(frame.value));
    });
    frame.addEventListener("change", () => (this.scrubbing = false));
    speed.addEventListener("change", () => (this.video.playbackRate = this.video.defaultPlaybackRate = Number(speed.value)));
    this.controls.addEventListener("change", () => this.#look());
    this.controls.addEventListener("submit", (event) => event.preventDefault());
    this.querySelector(".zoom").addEventListener("click", ({ target }) => BUTTONS[target.closest("button")?.dataset.zoom]?.(this.view));
    this.stage.addEventListener("click", ({ target }) => !target.closest("button") && !this.view.dragged && this.toggle());
    this.addEventListener("keydown", (event) => this.#key(event));
    this.video.defaultPlaybackRate = this.video.playbackRate = Number(speed.value);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in STEPS) this.step(STEPS[event.key]);
    else if (event.target === this.stage && (event.key === " " || event.key === "k")) this.toggle();
    else return;
    event.preventDefault();
  }

  #look() {
    const { skeleton, points } = this.controls.elements;
    const boxes = [...this.querySelectorAll("input[name=track]")];
    const unticked = boxes.filter((box) => !box.checked).map((box) => box.value);
    const glimpses = this.clip.tracks.filter(({ id }) => boxes.length && !boxes.some(({ value }) => Number(value) === id));
    this.unseen = new Set(unticked.filter((value) => value !== "glimpses").map(Number));
    if (unticked.includes("glimpses")) glimpses.forEach(({ id }) => this.unseen.add(id));
    this.overlay.look({ skeleton: skeleton.checked, points: points.checked });
    if (this.row >= 0) this.#show(this.row);
    this.#keep();
  }

  #keep() {
    const { skeleton, points, ids, kind } = this.controls.elements;
    const kept = { skeleton: skeleton.checked, points: points.checked, ids: ids.checked, kind: kind.value };
    localStorage.setItem(KEPT, JSON.stringify(kept));
  }

  #recall() {
    try {
      const { kind, ...ticks } = JSON.parse(localStorage.getItem(KEPT)) ?? {};
      if (kind) this.controls.elements.kind.value = kind;
      for (const [name, ticked] of Object.entries(ticks)) this.controls.elements[name].checked = ticked;
    } catch {
      // Nothing was kept, or not by us.
    }
  }
}

// A player, as soon as its clip, overlay and view are at hand.
export function ready(player) {
  return new Promise((resolve) => {
    if (player.overlay) resolve(player);
    else player.addEventListener("clip-player", () => resolve(player), { once: true });
  });
}

// Tenths of pixels and hundredths → pixels and 0..1; who is missing is null.
function unpacked(point) {
  return point ? [point[0] / 10, point[1] / 10, point[2] / 100] : [0, 0, 0];
}

customElements.define("clip-player", ClipPlayer);
