// One file's row, from the moment it is chosen until the server draws it.
const blank = document.getElementById("upload-row");
const nearby = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      nearby.unobserve(target);
      target.dispatchEvent(new Event("nearby"));
    }
  },
  { rootMargin: "300px" },
);

export class Row {
  // on: cancel and retry, called when somebody asks for it.
  constructor(file, on) {
    this.item = blank.content.firstElementChild.cloneNode(true);
    this.row = this.item.querySelector(".row");
    this.item.querySelector(".name").textContent = file.name;
    for (const name of ["cancel", "retry"]) {
      const button = this.item.querySelector(`.${name}`);
      button.append(forReaders(` ${file.name}`));
      button.addEventListener("click", on[name]);
    }
    this.#preview(file);
  }

  // Hundreds of photos of a camera do not fit into memory: each is decoded once its row comes into view.
  #preview(file) {
    const image = this.item.querySelector("img");
    this.row.addEventListener("nearby", () => {
      const address = URL.createObjectURL(file);
      const shown = (whether) => {
        URL.revokeObjectURL(address);
        image.hidden = !whether;
      };
      image.addEventListener("load", () => shown(true));
      image.addEventListener("error", () => shown(false));
      image.src = address;
    });
    nearby.observe(this.row);
  }

  waits() {
    this.#show({ state: gettext("Waiting to be sent"), part: 0, can: "cancel" });
  }

  sends(part) {
    const state = part < 1 ? interpolate(gettext("Uploading %s"), [`${Math.round(100 * part)} %`]) : gettext("Checking");
    this.#show({ state, part, can: "cancel" });
  }

  cancelled() {
    this.#show({ state: gettext("Cancelled, nothing was kept"), can: "retry" });
  }

  failed(sentence, { again = false } = {}) {
    this.#show({ state: sentence, failed: true, can: again ? "retry" : "" });
  }

  // From here on the server draws the row: watch.js asks for it, because it has seen nothing yet.
  becomes(job) {
    this.#show({ state: gettext("Queued") });
    this.row.id = `row-${job.id}`;
    this.row.dataset.watch = `row:${job.id}:`;
    if (job.duplicate) {
      const note = document.createElement("p");
      note.className = "row-aside";
      note.textContent = gettext("You uploaded this before, so this is what it gave then.");
      this.item.append(note);
    }
  }

  #show({ state, part = null, failed = false, can = "" }) {
    this.row.classList.toggle("failed", failed);
    this.row.querySelector(".state").textContent = state;
    const progress = this.row.querySelector("progress");
    progress.hidden = part === null;
    progress.value = part ?? 0;
    for (const name of ["cancel", "retry"]) this.row.querySelector(`.${name}`).hidden = can !== name;
  }
}

function forReaders(text) {
  const span = document.createElement("span");
  span.className = "for-readers";
  span.textContent = text;
  return span;
}
