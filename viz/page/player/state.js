// Where the player is, and what the document shows of it.

// A beat is one press of a key. The forward pass comes first: beat 0 gives the inputs, then each computed value is asked
// for (an odd beat) and shown (an even one). Then the sweep: its seed, and each step asks and answers.
const FORWARD = told.forward.length, SEED = 2 * FORWARD + 1;

const state = {
  values: told.values,
  beat: 0,
  panel: "", // inputs, table, chain, mistakes or none
  predicting: false,
  asking: ["values", "locals", "contributions"], // what is asked for: values, locals, contributions
  part: 0, // of a moment that asks for several, which
  score: new Map(), // how each question was answered: at the first try, later, by showing it
  draft: "", // what stands in the field for the answer
  answer: null, // { text, verdict, right } once it is checked
  mistake: "",
  chosen: -1, // the node whose chain rule is written out
  path: -1, // which of its paths is lit, all by default
  scene: "", // what stands in place of the graph: curve, data or nothing
  unit: -1, // the unit that is opened
  nudging: -1,
  notation: told.notation, // which of told.notations
  descents: [], // the values before each step downhill
  printing: false,
};
let run = calculate(state.values);

// What the files that follow add of their own.
const moves = {}; // by key: what it does
// By state.scene, of a scene that has keys of its own: { keys } by key what it does there, in place of what `moves` has; { leave }
// where it hides the graph: called before a key that is in `ofGraph`. Keys and buttons ask `act`, in keys.js.
const scenes = {};
const ofGraph = new Set(); // keys whose moves are seen in the graph
const idleKeys = new Set(); // keys that on this page have nothing to do; the list of keys leaves them out
const keysOf = {}; // by what &hide= takes out of the page, the keys that go with it
const taken = new Set(); // what it has taken out
const lacking = told.folded ? ["mistakes", "chain"] : []; // what the page has not, and so takes out
const pausers = []; // stop what runs by itself; `pause` calls them all
const remembered = new Map(); // by name what is taken back with values: { get, set }; a change of `get()` is one to take back
const before = []; // called at each moment, before anything is drawn and said, with the moment
const heights = { below: [], within: [] }; // give what of the stage's height stands below the sentence, or in it beside its lines
const drawers = []; // called at each moment, with the moment, whether it is new, and whether an input is moving
const tellers = []; // asked for the sentence of a moment, as `sentence` gives it; the first that has one is heard
const skips = []; // tell of a beat, on the way in steps, whether it is left out
const addressed = new Map(); // by name what the address keeps beside the step: { get } as a text, "" for the usual; { set } from one

// Where a beat is. `swept` and `computed` are how far the two passes have come; a question has not come to its answer. A
// mistaken sweep asks nothing: it is watched.
function moment(beat) {
  const forward = beat < SEED, within = forward ? beat : beat - SEED;
  const at = Math.ceil(within / 2), asking = within % 2 === 1 && (forward || !mistaken()), reached = asking ? at - 1 : at;
  return { forward, at, asking, computed: forward ? reached : FORWARD, swept: forward ? -1 : reached };
}

// The sweep that is being played: the right one, or one with a mistake in it. A mistaken step is the right one of its edge
// with other words and numbers. A mistake that does no harm whatever the numbers has no steps: the right ones are played.
const moments = told.moments.map(([step, after, right, contribution, own]) => {
  const usual = told.steps[step];
  return { ...usual, after, right, contribution, mistaken: true, blanks: { ...usual.blanks, ...own } };
});
const sweeps = { "": told.steps };
for (const [mistake, { steps }] of Object.entries(told.mistakes)) {
  sweeps[mistake] = steps.length ? [told.steps[0], ...steps.map((moment) => moments[moment])] : told.steps;
}
const sweepSteps = () => sweeps[state.mistake];
const mistaken = () => sweepSteps() !== told.steps;
const stepCount = () => sweepSteps().length - 1, lastBeat = () => SEED + 2 * stepCount();

function update(changes) {
  const moved = "values" in changes, before = state.beat;
  Object.assign(state, changes);
  state.beat = Math.max(0, Math.min(lastBeat(), state.beat));
  if (state.beat !== before) Object.assign(state, { part: 0, answer: null, draft: "" });
  if (moved) {
    run = calculate(state.values);
    state.answer = null;
  }
  render(state.beat === before + 1, moved);
}

// Putting texts and classes in their places ----------------------------------------------------------------------------

// What stands in the document is remembered, so that only what changes is touched.
const standing = new WeakMap();

function put(node, text) {
  if (standing.get(node) === text) return false;
  standing.set(node, text);
  node.textContent = text;
  return true;
}

function paragraphs(node, texts) {
  if (!put(node, texts.join("\n"))) return;
  node.replaceChildren(...texts.map((text) => make("p", {}, text)));
}

function make(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

// Names in a row, of many only the first.
function listed(names, most = names.length) {
  const row = names.slice(0, most).join(phrase("separator"));
  return names.length > most ? phrase("and others", { row }) : row;
}

function svgMake(tag, attributes = {}, ...content) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

const numeric = (attributes) => make("input", { type: "text", inputmode: "decimal", autocomplete: "off", ...attributes });

// Roughly the width of a text in bold Arial, in units of its font size: measuring in the document would lay it out.
function width(text) {
  let sum = 0;
  for (const sign of text) sum += WIDTHS[sign] ?? (sign >= "₀" && sign <= "ₜ" ? 0.37 : 0.56);
  return sum;
}
const WIDTHS = {
  ".": 0.28, " ": 0.28, "/": 0.28, "·": 0.33, "-": 0.34, "(": 0.34, ")": 0.34,
  "∂": 0.5, "|": 0.28, ",": 0.28, "\u0304": 0, "=": 0.59, "+": 0.59, "≠": 0.59, "…": 1,
};

const FONT = 20, LABEL_FONT = 17; // in the picture's own units

// A number longer than its place is made smaller.
function fit(node, text, size, room) {
  const wide = width(text) * size;
  node.style.fontSize = wide > room ? `${Math.max(9, (size * room) / wide)}px` : "";
}
