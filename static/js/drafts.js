// What somebody typed into a long form is kept on this device until it is saved, and offered back visibly.
(() => {
  const KEPT = "input:not([type=hidden]):not([type=file]):not([type=password]), select, textarea";
  const DAYS = 7;

  function read(form) {
    const values = {};
    form.querySelectorAll(KEPT).forEach((field) => {
      if (!field.name) return;
      const isTick = field.type === "checkbox" || field.type === "radio";
      const value = isTick ? (field.checked ? field.value : null) : field.multiple ? [...field.selectedOptions].map((o) => o.value) : field.value;
      (values[field.name] ||= []).push(value);
    });
    return values;
  }

  function write(form, values) {
    const seen = {};
    form.querySelectorAll(KEPT).forEach((field) => {
      const list = values[field.name];
      if (!list) return;
      const index = (seen[field.name] = (seen[field.name] ?? -1) + 1);
      const value = list[index];
      if (field.type === "checkbox" || field.type === "radio") field.checked = value !== null && value !== undefined;
      else if (field.multiple) [...field.options].forEach((option) => (option.selected = (value || []).includes(option.value)));
      else if (value !== undefined) field.value = value;
    });
  }

  function note(form, draft, original, key) {
    const line = document.createElement("div");
    line.className = "message draft-note";
    line.setAttribute("role", "status");
    const text = document.createElement("span");
    text.textContent = `已恢复您 ${new Date(draft.at).toLocaleString("zh-CN")} 没有保存的内容。`;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = "不要草稿";
    drop.addEventListener("click", () => {
      write(form, original);
      localStorage.removeItem(key);
      line.remove();
    });
    line.append(text, drop);
    form.querySelector(".form-body").prepend(line);
  }

  // The page after a successful save carries the mark that its draft is done with.
  const saved = sessionStorage.getItem("draft-sent");
  if (saved && !document.querySelector(`form[data-draft="${CSS.escape(saved)}"]`)) localStorage.removeItem(`draft:${saved}`);
  sessionStorage.removeItem("draft-sent");

  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const key = `draft:${form.dataset.draft}`;
    const original = read(form);
    const wasRefused = form.querySelector(".bad") || document.querySelector("main [data-focus]");
    const draft = JSON.parse(localStorage.getItem(key) || "null");
    const isFresh = draft && Date.now() - draft.at < DAYS * 86400000;
    if (isFresh && !wasRefused && JSON.stringify(draft.values) !== JSON.stringify(original)) {
      write(form, draft.values);
      note(form, draft, original, key);
    }
    let timer;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: read(form) })), 400);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: read(form) }));
      sessionStorage.setItem("draft-sent", form.dataset.draft);
    });
  });
})();
