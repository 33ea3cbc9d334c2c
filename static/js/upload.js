// The upload page: what is picked is checked, queued and sent, and its row says how far it is.
import { accepts, pick } from "./pick.js";
import { Queue } from "./queue.js";
import { remember } from "./remember.js";
import { Row } from "./row.js";

const CLIPS = "video/*,.mp4,.mov,.m4v,.webm,.mkv,.avi";
const WISHES = ["network", "resolution", "single"];
const UNREACHABLE = gettext("poseweb could not be reached. Is it running?");
const LONG_CLIP = gettext("The file is larger than %s MB. Cut out the part you want to see.");
const LARGE_PHOTO = gettext("The file is larger than %s MB. Make the photo smaller first.");
const NEITHER = gettext("This is neither a photo nor a clip. Use JPEG, PNG, WebP, TIFF, BMP or GIF; MP4, MOV, WebM, MKV or AVI.");

const form = document.getElementById("upload");
const list = document.getElementById("uploads");
const tally = document.getElementById("tally");
const retryAll = document.getElementById("retry-all");
const input = document.getElementById("file");

const entries = [];
let leftOut = 0;

const queue = new Queue(send, say);

function take(files, others) {
  leftOut += others;
  const chosen = new FormData(form);
  for (const file of files) {
    const entry = { file, wishes: WISHES.map((name) => [name, chosen.get(name) ?? ""]), state: "" };
    entry.row = new Row(file, { cancel: () => cancel(entry), retry: () => enqueue(entry) });
    entries.push(entry);
    list.append(entry.row.item);
    enqueue(entry);
  }
  say();
}

function enqueue(entry) {
  const fault = faultOf(entry.file);
  if (fault) {
    settle(entry, "refused");
    entry.row.failed(fault);
    return;
  }
  settle(entry, "waiting");
  entry.row.waits();
  queue.add(entry);
}

// What the server would refuse anyway. A body that is too large it does not even read to the end, and the browser
// never hears why.
function faultOf(file) {
  const clip = accepts(CLIPS, file);
  const most = Number(clip ? form.dataset.mostOfClip : form.dataset.most);
  if (!file.size) return gettext("The file is empty. Choose the photo again.");
  if (file.size > most) return interpolate(clip ? LONG_CLIP : LARGE_PHOTO, [most / 2 ** 20]);
  if (!form.dataset.heic && accepts(".heic,.heif,image/heic,image/heif", file)) return form.dataset.noHeic;
  return accepts(input.accept, file) ? "" : NEITHER;
}

function cancel(entry) {
  if (!queue.cancel(entry)) return;
  settle(entry, "cancelled");
  entry.row.cancelled();
}

function send(entry, request) {
  return new Promise((resolve) => {
    const failed = (sentence, again) => {
      settle(entry, again ? "failed" : "refused");
      entry.row.failed(sentence, { again });
    };
    entry.row.sends(0);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => entry.row.sends(total ? loaded / total : 0));
    request.addEventListener("load", () => {
      if (request.status === 202) {
        settle(entry, "sent");
        entry.row.becomes(request.response);
        return;
      }
      const again = [408, 429].includes(request.status) || request.status >= 500;
      failed(request.response?.error ?? interpolate(gettext("poseweb answered %s."), [request.status]), again);
    });
    request.addEventListener("error", () => failed(UNREACHABLE, true));
    request.addEventListener("loadend", resolve);
    request.open("POST", form.dataset.submit);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    const body = new FormData();
    body.append("file", entry.file);
    for (const [name, value] of entry.wishes) body.append(name, value);
    request.send(body);
  });
}

function settle(entry, state) {
  entry.state = state;
  say();
}

function say() {
  const count = (state) => entries.filter((entry) => entry.state === state).length;
  const all = entries.length;
  const failed = count("failed");
  const lost = failed + count("refused");
  const sent = ngettext("%(sent)s of %(all)s file sent", "%(sent)s of %(all)s files sent", all);
  const others = ngettext("%s other file of the folder left out", "%s other files of the folder left out", leftOut);
  const parts = [interpolate(sent, { sent: count("sent"), all }, true)];
  if (lost) parts.push(interpolate(ngettext("%s failed", "%s failed", lost), [lost]));
  if (leftOut) parts.push(interpolate(others, [leftOut]));
  tally.textContent = all || leftOut ? parts.join(" · ") : "";
  retryAll.hidden = failed < 2;
}

retryAll.addEventListener("click", () => {
  for (const entry of entries.filter(({ state }) => state === "failed")) enqueue(entry);
});
window.addEventListener("beforeunload", (event) => {
  if (queue.unfinished) event.preventDefault(); // the browser asks whether to leave
});
form.addEventListener("submit", (event) => event.preventDefault());
remember(form, WISHES);
pick({
  inputs: [input, document.getElementById("camera")],
  folder: document.getElementById("folder"),
  zone: document.getElementById("drop"),
  accept: input.accept,
  take,
});
