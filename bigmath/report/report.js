"use strict";
// Chooses among the problems on the page; the choice is kept in the address, judgements in memory until exported.
const form = document.getElementById("facets");
const shown = document.getElementById("shown");
const exportButton = document.getElementById("export");
const articles = [...document.querySelectorAll("article")];
const texts = articles.map((article) => article.textContent.toLowerCase());
const judgements = new Map();
const FACETS = ["source", "place", "filter", "reason", "license", "level", "rate"];

function choose() {
  const wanted = Object.fromEntries(new FormData(form));
  const text = wanted.text.toLowerCase();
  let count = 0;
  articles.forEach((article, index) => {
    // a row has several reasons; of everything else it has one
    const fits = FACETS.every((name) => !wanted[name] || (name === "reason"
      ? article.dataset.reason.split(" ").includes(wanted.reason) : article.dataset[name] === wanted[name]));
    article.hidden = !(fits && (!text || texts[index].includes(text)));
    count += !article.hidden;
  });
  shown.textContent = `${count} shown`;
}

function remember() {
  const wanted = Object.entries(Object.fromEntries(new FormData(form))).filter(([, value]) => value);
  history.replaceState(null, "", "#rows" + (wanted.length ? "?" + new URLSearchParams(wanted) : ""));
}

function recall() {
  const [place, query] = location.hash.slice(1).split("?");
  if (place !== "rows") return;
  form.reset();
  for (const [name, value] of new URLSearchParams(query || "")) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  choose();
  document.getElementById("rows").scrollIntoView();
}

function step(by) {
  const visible = articles.filter((article) => !article.hidden);
  const at = visible.indexOf(document.activeElement);
  const next = visible[at < 0 ? 0 : Math.min(visible.length - 1, Math.max(0, at + by))];
  if (next) next.focus();
}

function judge(right) {
  const article = document.activeElement;
  if (!articles.includes(article)) return;
  const { place, filter } = article.dataset;
  const outcome = { "strict": "strict", "base only": "base", "rejected": "dropped" }[place];
  judgements.set(article.id, { problem_id: article.id, outcome, filter: filter || null, agreed: right });
  article.querySelector(".judged").textContent = right ? "judged right" : "judged wrong";
  exportButton.disabled = false;
  exportButton.textContent = `Export judgements (${judgements.size})`;
}

const KEYS = { j: () => step(1), k: () => step(-1), a: () => judge(true), r: () => judge(false) };
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
});
exportButton.addEventListener("click", () => {
  const lines = [...judgements.values()].map((one) => JSON.stringify(one) + "\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
  link.download = "judgements.jsonl";
  link.click();
  URL.revokeObjectURL(link.href);
});
form.addEventListener("input", () => { choose(); remember(); });
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", recall);
choose();
recall();
