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

// A beat, or the next one of its pass that is not left out; at the end the last one.
function stopAt(beat) {
  const end = beat < SEED ? SEED - 1 : lastBeat(), left = (one) => skips.some((skip) => skip(one));
  let stop = beat;
  while (stop < end && left(stop)) stop++;
  while (stop > 0 && left(stop)) stop--;
  return stop;
}

// Where a note stands: at its question, and unless it is to this alone at the answer.
function stopsOf([forward, at, question]) {
  const first = stopAt(beatOf({ forward, at, asking: at > 0 }));
  return question || !moment(first).asking ? [first] : [first, stopAt(first + 1)];
}

function noteAt(now) {
  if (mistaken() && !now.forward) return ""; // whose steps are others
  const here = told.notes.filter((note) => note[0] === now.forward && stopsOf(note).includes(beatOf(now)));
  return here.map(([, , , text]) => text).join("\n");
}

function drawNote(now) {
  if (told.notes.length) put(noting, noteAt(now));
}
drawers.push(drawNote);

// How high the notes are.
heights.below.push(() => {
  noting.hidden = !told.notes.length || taken.has("notes");
  if (noting.hidden) return 0;
  noting.style.minHeight = "";
  const highs = told.notes.flatMap(stopsOf).map((beat) => {
    put(noting, noteAt(moment(beat)));
    return noting.offsetHeight;
  });
  drawNote(moment(state.beat));
  noting.style.minHeight = `${Math.max(...highs)}px`;
  return noting.offsetHeight;
});

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

// What the values, and what is `remembered`, were before each change. All changes between two touches of key or pointer are
// one: a slider is dragged in many small ones.
const KEPT = 3000; // changes
const past = [], future = [];
let gesture = 0, changedIn = -1, lastWheel = 0, turning = false, standingEntry = null; // the state that the next change is one from

const gestured = () => { gesture += 1; };
for (const kind of ["pointerdown", "click", "change"]) addEventListener(kind, gestured, true);
addEventListener("keydown", (event) => { if (!event.repeat) gestured(); }, true);
addEventListener("wheel", ({ timeStamp }) => {
  if (timeStamp - lastWheel > 600) gestured();
  lastWheel = timeStamp;
}, { capture: true, passive: true });

const entry = () => ({ values: state.values, descents: state.descents, more: [...remembered.values()].map(({ get }) => get()) });

function sameEntry(one, other) {
  const same = one.values === other.values || one.values.every((value, node) => Object.is(value, other.values[node]));
  return same && one.more.every((value, i) => Object.is(value, other.more[i]));
}

// Makes what has changed one to take back; `alone` even within a touch, as each step of what runs by itself is.
function remember(alone = false) {
  if (turning) return;
  const earlier = standingEntry;
  standingEntry = entry();
  if (!earlier || sameEntry(standingEntry, earlier)) return;
  future.length = 0;
  if (alone || changedIn !== gesture) past.push(earlier);
  if (past.length > KEPT) past.shift();
  changedIn = alone ? -1 : gesture;
}
drawers.push(() => remember());

function turnBack(from, to) {
  pause();
  if (!from.length) return false;
  to.push(entry());
  const { values, descents, more } = from.pop();
  turning = true;
  [...remembered.values()].forEach(({ set }, i) => set(more[i]));
  update({ values, descents });
  [turning, changedIn, standingEntry] = [false, -1, entry()];
  return true;
}

// Take a change back, or make it again; say whether there was one.
const takeBack = () => turnBack(past, future), makeAgain = () => turnBack(future, past);

addEventListener("keydown", (event) => {
  const key = latin(event).toLowerCase();
  if (event.altKey || event.ctrlKey === event.metaKey || (key !== "z" && key !== "y")) return;
  if (event.target.matches?.("input:not([type=range], [type=checkbox], [type=radio]), textarea")) return; // undoes its own
  event.preventDefault();
  if (key === "y" || event.shiftKey) makeAgain();
  else takeBack();
});
