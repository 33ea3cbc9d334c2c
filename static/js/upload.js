// Drag and drop with a row for every file. Each file travels alone, so one that fails stops no other.
const PARALLEL = 2;

const form = document.getElementById("upload");
const drop = document.getElementById("drop");
const input = document.getElementById("file");
const list = document.getElementById("uploads");
const blank = document.getElementById("upload-row");

const tally = document.getElementById("tally");

const waiting = [];
let sending = 0;
let settled = 0;

function add(files) {
  for (const file of files) {
    const item = blank.content.firstElementChild.cloneNode(true);
    showPreview(item.querySelector("img"), file);
    item.querySelector(".name").textContent = file.name;
    item.querySelector("button").addEventListener("click", () => enqueue({ file, item, network: chosenNetwork() }));
    list.append(item);
    enqueue({ file, item, network: chosenNetwork() });
  }
}

function showPreview(image, file) {
  const address = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(address));
  image.addEventListener("error", () => image.remove());
  image.src = address;
}

function chosenNetwork() {
  return new FormData(form).get("network") ?? "";
}

// A server that refuses a body closes the connection, and the browser never hears why: so the size is told here.
function enqueue(entry) {
  if (entry.file.size > Number(form.dataset.most)) {
    show(entry.item, { state: `The file is larger than ${form.dataset.most / 2 ** 20} MB. Make the photo smaller first.`, failed: true });
    return;
  }
  show(entry.item, { state: "Waiting", part: 0 });
  waiting.push(entry);
  sendNext();
}

function sendNext() {
  if (sending >= PARALLEL || !waiting.length) return;
  sending += 1;
  const entry = waiting.shift();
  send(entry)
    .then((job) => become(entry.item, job))
    .catch((fault) => show(entry.item, fault))
    .finally(() => {
      sending -= 1;
      settled += 1;
      tally.textContent = `${settled} of ${list.children.length} photos sent`; // for screen readers
      sendNext();
    });
  sendNext();
}

function send({ file, item, network }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      const part = total ? loaded / total : 0;
      show(item, { state: part < 1 ? `Uploading ${Math.round(100 * part)} %` : "Checking", part });
    });
    request.addEventListener("load", () => {
      if (request.status === 202) resolve(request.response);
      else {
        const state = request.response?.error ?? `poseweb answered ${request.status}.`;
        reject({ state, failed: true, retry: request.status === 408 || request.status === 429 });
      }
    });
    request.addEventListener("error", () =>
      reject({ state: "poseweb could not be reached. Is it running?", failed: true, retry: true }),
    );
    request.open("POST", form.dataset.submit);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    const body = new FormData();
    body.append("file", file);
    body.append("network", network);
    request.send(body);
  });
}

function show(item, { state, part = null, failed = false, retry = false }) {
  item.querySelector(".row").classList.toggle("failed", failed);
  item.querySelector(".state").textContent = state;
  const progress = item.querySelector("progress");
  progress.hidden = part === null;
  progress.value = part ?? 0;
  item.querySelector("button").hidden = !retry;
}

// From here on the server draws the row: watch.js asks for it, because it has seen nothing yet.
function become(item, job) {
  const row = item.querySelector(".row");
  row.id = `row-${job.id}`;
  row.dataset.watch = `row:${job.id}:`;
  show(item, { state: "Queued" });
  if (job.duplicate) {
    const note = document.createElement("p");
    note.className = "row-aside";
    note.textContent = "You uploaded this photo before, so this is what it gave then.";
    item.append(note);
  }
}

function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  drop.classList.remove("over");
  add(event.dataTransfer.files);
});
input.addEventListener("change", () => {
  add([...input.files]);
  input.value = ""; // the same file may be chosen again
});
form.addEventListener("submit", (event) => event.preventDefault());
