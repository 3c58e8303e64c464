"use strict";
// What is ticked stays ticked on this computer, in both places where a row is; where nothing may be kept it stays till the page goes.
const key = `chalkgrad lecture ${location.pathname}`;
let kept = {};
try { kept = JSON.parse(localStorage.getItem(key)) ?? {}; } catch { /* nothing may be kept here */ }

function tick(row, done) {
  for (const box of document.querySelectorAll(`[data-row="${row}"]`)) {
    box.checked = done;
    box.closest("tr")?.classList.toggle("done", done);
  }
}

for (const box of document.querySelectorAll("[data-row]")) {
  const row = box.dataset.row;
  tick(row, Boolean(kept[row]));
  box.addEventListener("change", () => {
    tick(row, box.checked);
    kept[row] = box.checked;
    try { localStorage.setItem(key, JSON.stringify(kept)); } catch { /* as above */ }
  });
}

for (const button of document.querySelectorAll("button[data-copied]")) {
  const code = button.parentElement.querySelector("code"), said = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(code); // for a browser that does not let a page copy
    try { await navigator.clipboard.writeText(code.textContent); } catch { if (!document.execCommand("copy")) return; }
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = said; }, 1500);
  });
}
