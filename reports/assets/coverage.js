(() => {
  "use strict";
  // Arabic and Persian spellings, digits and ZWNJ are one thing to somebody who searches.
  const fold = (s) => s.normalize("NFKC").toLowerCase()
    .replace(/[\u064a\u0649]/g, "\u06cc").replace(/\u0643/g, "\u06a9")
    .replace(/[\u200c\u064b-\u065f\u0670]/g, "")
    .replace(/[\u06f0-\u06f9]/g, (d) => d.charCodeAt(0) - 0x6f0)
    .replace(/[\u0660-\u0669]/g, (d) => d.charCodeAt(0) - 0x660);
  const box = document.querySelector("input[type=search]");
  const bad = document.querySelector("input[type=checkbox]");
  const note = document.querySelector("output");
  const rows = [...document.querySelectorAll("tbody tr")].map((row) => [row, fold(row.textContent)]);
  const show = () => {
    const words = fold(box.value).split(/\s+/).filter(Boolean);
    let seen = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word))
        || (bad.checked && !row.classList.contains("bad"));
      seen += row.hidden ? 0 : 1;
    }
    note.textContent = `${seen} / ${rows.length}`;
  };
  document.querySelector(".find").hidden = false;
  box.value = decodeURIComponent(location.hash.slice(3));
  box.addEventListener("input", show);
  bad.addEventListener("change", show);
  show();
})();
