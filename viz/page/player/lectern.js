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

// A beat if whole units are spoken of at it, or the next such beat of its pass; at the end the last one.
function stopAt(beat) {
  const end = beat < SEED ? SEED - 1 : SEED + 2 * (told.steps.length - 1);
  let stop = beat;
  while (stop < end && !unitBeats.has(stop)) stop++;
  while (stop > 0 && !unitBeats.has(stop)) stop--;
  return stop;
}

// Where a note stands: at its question, and unless it is to this alone at the answer. Where whole units are spoken of it stands at
// the next of their beats; where single edges are, at its own alone.
function stopsOf([forward, at, question], ofUnits) {
  const place = ofUnits ? stopAt : (beat) => beat, first = place(beatOf({ forward, at, asking: at > 0 }));
  const asks = (first - (first < SEED ? 0 : SEED)) % 2 === 1;
  return question || !asks ? [first] : [first, place(first + 1)];
}

// The notes by beat, in the two ways to step. Which unit is opened makes no difference to them.
function noted(ofUnits) {
  const byBeat = new Map();
  for (const note of told.notes) {
    for (const beat of stopsOf(note, ofUnits)) byBeat.set(beat, [...(byBeat.get(beat) ?? []), note[3]]);
  }
  return new Map([...byBeat].map(([beat, texts]) => [beat, texts.join("\n")]));
}
const notes = { edges: noted(false), units: unitBeats.size ? noted(true) : new Map() };

function noteAt(now) {
  if (mistaken() && !now.forward) return ""; // whose steps are others
  return notes[inUnits(now) ? "units" : "edges"].get(beatOf(now)) ?? "";
}

function drawNote(now) {
  if (told.notes.length) put(noting, noteAt(now));
}
drawers.push(drawNote);

// How high the notes are: the same wherever one is, so that the picture keeps its size.
heights.below.push(() => {
  noting.hidden = !told.notes.length || taken.has("notes");
  if (noting.hidden) return 0;
  noting.style.minHeight = "";
  const highs = [...new Set([...notes.edges.values(), ...notes.units.values()])].map((text) => {
    put(noting, text);
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
