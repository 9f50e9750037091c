// A file field shows the chosen name and size, and takes a file dropped anywhere on it.
document.querySelectorAll("[data-drop]").forEach((zone) => {
  const field = zone.querySelector("input[type=file]");
  const hint = zone.querySelector("[data-drop-hint]");
  const empty = hint.textContent;
  function show() {
    const files = [...field.files];
    zone.classList.toggle("full", files.length > 0);
    hint.textContent = files.map((file) => `${file.name}（${Math.max(1, Math.round(file.size / 1024)).toLocaleString()} KB）`).join("、") || empty;
  }
  field.addEventListener("change", show);
  ["dragenter", "dragover"].forEach((name) => zone.addEventListener(name, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  }));
  ["dragleave", "drop"].forEach((name) => zone.addEventListener(name, () => zone.classList.remove("over")));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
});
