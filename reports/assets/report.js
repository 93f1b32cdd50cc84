(() => {
  "use strict";
  const root = document.documentElement;
  const $$ = (q, at = document) => [...at.querySelectorAll(q)];
  const DIR = { fa: "rtl", en: "ltr" };
  root.classList.add("js");

  // Arabic and Persian spellings, digits and ZWNJ are one thing to somebody who searches.
  const fold = (s) => s.normalize("NFKC").toLowerCase()
    .replace(/[\u064a\u0649]/g, "\u06cc").replace(/\u0643/g, "\u06a9")
    .replace(/[\u200c\u064b-\u065f\u0670]/g, "")
    .replace(/[\u06f0-\u06f9]/g, (d) => d.charCodeAt(0) - 0x6f0)
    .replace(/[\u0660-\u0669]/g, (d) => d.charCodeAt(0) - 0x660);

  const state = { l: "fa", v: new Set(), lv: new Set(), q: "", at: "" };

  // A row is found by its words in either language.
  const texts = new Map();
  for (const row of $$("table.matrix tbody tr")) {
    const key = row.id.slice(3);
    texts.set(key, (texts.get(key) || "") + " " + fold(row.textContent));
  }

  function read() {
    const raw = location.hash.slice(1);
    if (!raw) return;
    if (/^(l|v|lv|q|at)=/.test(raw)) {
      const p = new URLSearchParams(raw);
      state.l = p.get("l") === "en" ? "en" : "fa";
      state.v = new Set((p.get("v") || "").split(",").filter(Boolean));
      state.lv = new Set((p.get("lv") || "").split(",").filter(Boolean));
      state.q = p.get("q") || "";
      state.at = p.get("at") || "";
    } else {
      // A permanent link: an element id, or CASE/EXCHANGE/pointer.
      let id = raw;
      try { id = decodeURIComponent(raw); } catch (error) { id = raw; }
      const parts = id.split("/");
      state.at = parts[1] || parts[0];
      if (/^(fa|en)-/.test(state.at)) {
        state.l = state.at.slice(0, 2);
        state.at = state.at.slice(3);
      }
    }
  }

  function hash() {
    const p = [["l", state.l], ["v", [...state.v].join(",")], ["lv", [...state.lv].join(",")],
      ["q", state.q], ["at", state.at]];
    return "#" + p.filter(([, x]) => x).map(([k, x]) => k + "=" + encodeURIComponent(x)).join("&");
  }

  function filter() {
    const words = fold(state.q).split(/\s+/).filter(Boolean);
    for (const doc of $$(".doc")) {
      let shown = 0;
      const rows = $$("table.matrix tbody tr", doc);
      for (const row of rows) {
        const hit = (!state.v.size || state.v.has(row.dataset.v)) &&
          (!state.lv.size || state.lv.has(row.dataset.lv)) &&
          words.every((w) => texts.get(row.id.slice(3)).includes(w));
        row.hidden = !hit;
        shown += hit ? 1 : 0;
      }
      const say = $$(".shown", doc)[0];
      if (say) {
        const n = (x) => doc.lang === "fa" ? Number(x).toLocaleString("fa-IR") : String(x);
        say.textContent = say.dataset.text.replace("{n}", n(shown)).replace("{N}", n(rows.length));
      }
      const empty = $$(".empty", doc)[0];
      if (empty) empty.hidden = shown > 0;
      for (const b of $$("button[data-facet]", doc)) {
        b.setAttribute("aria-pressed", String(state[b.dataset.facet].has(b.dataset.value)));
      }
      const box = $$("input[type=search]", doc)[0];
      if (box && box.value !== state.q) box.value = state.q;
      const note = $$(".filter-note", doc)[0];
      const on = [...state.v, ...state.lv, state.q].filter(Boolean);
      if (note) note.textContent = on.length ? note.dataset.text + " " + on.join(" + ") : "";
    }
  }

  function show() {
    root.lang = state.l;
    root.dir = DIR[state.l];
    root.dataset.l = state.l;
    document.title = root.dataset["title" + (state.l === "fa" ? "Fa" : "En")] || document.title;
    filter();
    const target = state.at &&
      (document.getElementById(state.l + "-" + state.at) || document.getElementById(state.at));
    if (!target) return;
    for (let e = target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
    target.scrollIntoView();
  }

  const keep = () => history.replaceState(null, "", hash());
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const button = event.target.closest("button");
    if (link && link.closest(".langs")) {
      event.preventDefault();
      state.l = link.lang;
      keep();
      show();
    } else if (link) {
      event.preventDefault();
      state.at = link.getAttribute("href").slice(1).replace(/^(fa|en)-/, "");
      if (hash() === location.hash) show(); else location.hash = hash();
    } else if (button && button.dataset.facet) {
      const set = state[button.dataset.facet];
      if (!set.delete(button.dataset.value)) set.add(button.dataset.value);
      state.at = "";
      keep();
      filter();
    } else if (button && button.dataset.clear) {
      state.v.clear(); state.lv.clear(); state.q = ""; state.at = "";
      keep();
      filter();
    } else if (button && button.dataset.copy) {
      const text = document.getElementById(button.dataset.copy).textContent;
      navigator.clipboard.writeText(text).then(() => { button.textContent = button.dataset.done; },
        () => { button.textContent = "!"; });
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    state.q = event.target.value;
    state.at = "";
    keep();
    filter();
  });
  addEventListener("hashchange", () => { read(); show(); });
  addEventListener("beforeprint", () => {
    for (const d of $$("details.case")) d.open = true;
  });
  read();
  show();
})();
