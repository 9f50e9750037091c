// Filters start folded on a narrow screen when none is set, and leave empty ones out of the address.
if (window.matchMedia("(max-width: 48rem)").matches) {
  document.querySelectorAll("form[data-filters] details[open]").forEach((fold) => {
    const isUsed = [...fold.querySelectorAll("input, select")].some((field) => field.value);
    const isRefused = fold.querySelector(".bad");
    if (!isUsed && !isRefused) fold.open = false;
  });
}
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("form[data-filters]")) return;
  const filled = event.detail.formData;
  [...filled.keys()].forEach((name) => {
    if (filled.getAll(name).every((value) => value === "")) filled.delete(name);
  });
});
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-filters]")) return;
  [...event.formData.keys()].forEach((name) => {
    if (event.formData.getAll(name).every((value) => value === "")) event.formData.delete(name);
  });
});
