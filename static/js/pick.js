// Where photos come from: chosen, taken, a folder, dropped, pasted. Each way ends in take(files, leftOut).

// As browsers read the attribute "accept": "image/*", "image/heic", ".heic".
export function accepts(accept, file) {
  const name = file.name.toLowerCase();
  return accept.split(",").some((pattern) => {
    const wanted = pattern.trim().toLowerCase();
    if (wanted.startsWith(".")) return name.endsWith(wanted);
    if (wanted.endsWith("/*")) return file.type.startsWith(wanted.slice(0, -1));
    return file.type === wanted;
  });
}

// Of a folder, what is no photo is left out without a word each: nobody chose it.
function sift(files, accept, take) {
  const photos = files.filter((file) => accepts(accept, file));
  take(photos, files.length - photos.length);
}

export function pick({ inputs, folder, zone, accept, take }) {
  for (const input of inputs) {
    input.addEventListener("change", () => {
      take([...input.files], 0);
      input.value = ""; // the same file may be chosen again
    });
  }
  folder.addEventListener("change", () => {
    sift([...folder.files], accept, take);
    folder.value = "";
  });
  listenToDrops(zone, accept, take);
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files.map(named), 0);
  });
}

// Browsers call every picture of the clipboard image.png.
function named(file) {
  if (file.name !== "image.png") return file;
  const moment = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  return new File([file], `pasted ${moment}.png`, { type: file.type });
}

function listenToDrops(zone, accept, take) {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  document.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    zone.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()); // gone after an await
    const files = [...event.dataTransfer.files];
    const folders = entries.filter((entry) => entry?.isDirectory);
    take(files.filter((_, index) => !entries[index]?.isDirectory), 0);
    for (const entry of folders) sift(await filesIn(entry), accept, take);
  });
}

// Every file of a dropped folder and of those in it.
async function filesIn(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // about a hundred at once
    if (!some.length) return found;
    for (const each of some) found.push(...(await filesIn(each)));
  }
}
