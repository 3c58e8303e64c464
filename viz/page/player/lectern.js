// In front of a class: a black screen, what a lecturer notes to steps, and values that are taken back.

// A black screen ----------------------------------------------------------------------------------------------------------

// The key of a presenter's remote sends b or a dot. Whatever comes next lights the screen again, and does nothing else.
const black = byId("black");

function darken() {
  pause();
  black.hidden = false;
  black.focus();
}

function lighten(event) {
  if (black.hidden || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.type !== "pointerdown") black.hidden = true; // the click that follows still has to find it
}
for (const kind of ["keydown", "pointerdown", "click", "wheel"]) addEventListener(kind, lighten, { capture: true, passive: false });
Object.assign(moves, { b: darken, B: darken, ".": darken });

// Notes -------------------------------------------------------------------------------------------------------------------

// A note stands below the sentence of its step, at the question already; all keep the height of the longest.
const noting = byId("note");

function noteAt({ forward, at, asking }) {
  if (mistaken() && !forward) return ""; // whose steps are others
  const here = told.notes.filter(([ahead, step, question]) => ahead === forward && step === at && (asking || !question));
  return here.map(([, , , text]) => text).join("\n");
}

function drawNote(now) {
  if (told.notes.length) put(noting, noteAt(now));
}
drawers.push(drawNote);

// How high the notes are, which `settle` leaves to them.
function noteHeight() {
  noting.hidden = !told.notes.length || taken.has("notes");
  if (noting.hidden) return 0;
  noting.style.minHeight = "";
  const heights = [false, true].flatMap((asking) => told.notes.map(([forward, at]) => {
    put(noting, noteAt({ forward, at, asking }));
    return noting.offsetHeight;
  }));
  drawNote(moment(state.beat));
  noting.style.minHeight = `${Math.max(...heights)}px`;
  return noting.offsetHeight;
}

function showNotes() {
  takeOut(taken.has("notes") ? [...taken].filter((name) => name !== "notes") : [...taken, "notes"]);
  settle();
  render();
}
if (told.notes.length) moves.q = showNotes;
byId("notes").hidden = !told.notes.length;
byId("notes").addEventListener("click", showNotes);
drawers.push(() => byId("notes").setAttribute("aria-pressed", String(!taken.has("notes"))));

// Taking values back --------------------------------------------------------------------------------------------------------

// What the values were before each change. All changes between two touches of key or pointer are one: a slider is dragged in
// many small ones.
const KEPT = 200; // changes
const past = [], future = [];
let gesture = 0, changedIn = -1, lastWheel = 0, standingValues = { values: state.values, descents: state.descents };

const gestured = () => { gesture += 1; };
for (const kind of ["pointerdown", "click", "change"]) addEventListener(kind, gestured, true);
addEventListener("keydown", (event) => { if (!event.repeat) gestured(); }, true);
addEventListener("wheel", ({ timeStamp }) => {
  if (timeStamp - lastWheel > 600) gestured();
  lastWheel = timeStamp;
}, { capture: true, passive: true });

drawers.push(() => {
  const { values, descents } = state, before = standingValues;
  standingValues = { values, descents };
  if (values.every((value, node) => Object.is(value, before.values[node]))) return;
  future.length = 0;
  if (changedIn !== gesture) past.push(before);
  if (past.length > KEPT) past.shift();
  changedIn = gesture;
});

function travel(from, to) {
  if (!from.length) return;
  to.push({ values: state.values, descents: state.descents });
  standingValues = from.pop();
  changedIn = -1;
  update(standingValues);
}

addEventListener("keydown", (event) => {
  const key = latin(event).toLowerCase();
  if (event.altKey || event.ctrlKey === event.metaKey || (key !== "z" && key !== "y")) return;
  if (event.target.matches?.("input:not([type=range], [type=checkbox], [type=radio]), textarea")) return; // undoes its own
  event.preventDefault();
  if (key === "y" || event.shiftKey) travel(future, past);
  else travel(past, future);
});
