// The page's numbers, and its texts with these in them.
//
// No word and no formula is written here. chalkgrad renders every text once, with numbers in it that say what they are
// ("the local derivative of edge 3"); this script computes those numbers anew and fills them in. Values and local
// derivatives come from `evaluate`, which chalkgrad generates from its one table of operations.

const byId = (id) => document.getElementById(id);
const read = JSON.parse(byId("script").textContent);

// Long lists come packed, as packing.py has it: shapes in which 0 stands for a number and 1 for a constant, the shape of each
// item, for each 0 and 1 of the shapes in turn what the items have there: the same in all, or the first and then by how much
// each is more than the one before; and the constants, or these packed: a text in its parts, a number below 0 being a name.
// `keys` are there if it was no list.
const spliced = (part) => (part < 0 ? read.names[-1 - part] : part);

function unpacked([shapes, which, columns, constants]) {
  if (constants.packed) {
    constants = unpacked(constants.packed).map((one) => (Array.isArray(one) ? one.map(spliced).join("") : one));
  }
  const nexts = columns.map((column) => {
    let sum = 0, at = 0;
    return Array.isArray(column) ? () => (sum += column[at++]) : () => column;
  });
  const open = (shape) => { // what makes the next item of a shape
    if (shape === 0 || shape === 1) {
      const next = nexts.shift();
      return shape ? () => constants[next()] : next;
    }
    if (Array.isArray(shape)) {
      const parts = shape.map(open);
      return () => parts.map((part) => part());
    }
    if (typeof shape !== "object") return () => shape;
    const parts = Object.entries(shape).map(([name, part]) => [name, open(part)]);
    return () => Object.fromEntries(parts.map(([name, part]) => [name, part()]));
  };
  const made = shapes.map(open);
  return which.map((k) => made[k]());
}

for (const told of [read, ...read.editions]) {
  const drawn = (told.looks ?? []).flatMap((look) => [look, look.opened ?? {}]);
  for (const part of [told, told.units ?? {}, told.curves ?? {}, ...Object.values(told.mistakes ?? {}), ...drawn]) {
    for (const [name, value] of Object.entries(part)) {
      if (!value?.packed) continue;
      const items = unpacked(value.packed);
      part[name] = value.keys ? Object.fromEntries(value.keys.map((key, i) => [key, items[i]])) : items;
    }
  }
}

// The page as it was sent, and what is kept of it where it begins anew: with another root it has another sweep, of which
// everything that follows is made.
const untouched = `<!DOCTYPE html>${document.documentElement.outerHTML}`;
const { carriedOver } = globalThis;
delete globalThis.carriedOver;

// Of a page in several languages the one that it speaks: languages.js.
const language = read.languages ? languageOf(carriedOver?.text ?? location.hash) : null;
if (language) speakAs(language);

// Which root is played: the one kept, that of the address, or the one that the page opens with.
const rootNames = read.choices;

function addressedRoot() {
  const [, name = ""] = /[#&]root=([^&]*)/.exec(location.hash) ?? [];
  let known = name;
  try { known = decodeURIComponent(name); } catch { /* it is no name then */ }
  const place = rootNames.findIndex((one) => one === known || spelled(one) === known);
  return place < 0 ? read.opened : place;
}

// What is read aloud has its digits on the line: many screen readers skip lowered ones.
const spelled = onTheLine;

const edition = carriedOver?.edition ?? addressedRoot();
const told = { ...read, ...read.editions[edition] };
if (edition !== read.opened) told.notes = read.notes.filter(([forward]) => forward); // those to steps are to the sweep it opens with

// The page's own words stand in page.html, those that the script puts in their places in a list there.
const phrases = new Map([...byId("phrases").content.children].map((one) => [one.dataset.name, one.textContent]));
const phrase = (name, blanks = {}) => phrases.get(name).replace(/\{(\w+)\}/g, (_, blank) => blanks[blank]);

const H = 0.001; // how far a nudge moves a leaf

// Numbers that come from elsewhere than the values of the leaves, by their kind: the lens of a curve and the training supply them.
const supplied = { curve: [], training: [] };

// One entry of told.numbers, from those before it and from where the others come from: a list, or a number if it is the only one.
function numberOf(one, x, sources) {
  const kind = one[0], i = one[1], j = one[2];
  switch (kind) {
    case "min": return extreme(Math.min, x, one);
    case "max": return extreme(Math.max, x, one);
    case "*": return x[i] * x[j];
    case "+": return x[i] + x[j];
    case "-": return x[i] - x[j];
    case "/": return x[i] / x[j];
    case "neg": return -x[i];
    case "=": return Number(i); // JSON knows no infinity
  }
  if (!Object.hasOwn(sources, kind)) throw new Error(`unknown number ${kind}`);
  const source = sources[kind];
  return typeof source === "number" ? source : source[i] ?? NaN;
}

function extreme(of, x, places) {
  let most = x[places[1]];
  for (let k = 2; k < places.length; k++) most = of(most, x[places[k]]);
  return most;
}

// Everything that follows from the leaves' values. `told.numbers` lists all that the texts mention, each entry after those it
// is computed from: the whole sweep, with mistakes and without. A nudge moves one leaf and asks what the root does; a step of
// descent has numbers of its own.
function calculate(values, nudged = -1, descent = []) {
  const v = values.slice(), { p, t, f, bad, why, given = [] } = evaluate(v);
  let after = NaN;
  if (nudged >= 0) {
    const moved = values.slice();
    moved[nudged] += H;
    evaluate(moved);
    after = moved[told.root];
  }
  const x = new Float64Array(told.numbers.length), sources = { ...supplied, v, p, f, given, descent, after, h: nudged >= 0 ? H : NaN };
  told.numbers.forEach((one, k) => { x[k] = numberOf(one, x, sources); });
  return { v, t, x, bad, why };
}

// The entries of a kind, and those that are computed from them.
const following = new Map();

function followers(kind) {
  if (!following.has(kind)) {
    const found = new Set();
    told.numbers.forEach(([own, ...from], k) => {
      if (own === kind || (ARITHMETIC.has(own) && from.some((one) => found.has(one)))) found.add(k);
    });
    following.set(kind, [...found]);
  }
  return following.get(kind);
}
const ARITHMETIC = new Set(["*", "+", "-", "/", "neg", "min", "max"]);

// Supplies the numbers of a kind, and computes anew what follows from them.
function resupply(kind, given, { x } = run) {
  supplied[kind] = given;
  for (const k of followers(kind)) x[k] = numberOf(told.numbers[k], x, supplied);
}

// A text is a string, or strings and elements in a row; the symbols of derivatives have a text for each notation. A context is a
// run, and where the text speaks of them the contents of its blanks and the student's answer; `veiled`, it has no number in it.
function written(text, context) {
  if (typeof text === "string") return text;
  let whole = "";
  for (const part of text) whole += typeof part === "string" ? part : element(part, context);
  return whole;
}

// A formula breaks nowhere; where it has to, before "=" (but not that of the result), or else before any sign, so that each
// further line begins with one.
const WHOLE = 0, SIDES = 1, TERMS = 2;
const BEFORE = [/ (?=(?:\+?=|[-+·≠→<>])(?: |$))/g, / (?=(?:\+=|[-+·≠→<>])(?: |$)|= $)/g, / (?=\+= )/g];

function together(text, breaks) {
  const glued = text.replaceAll("/", "/\u2060").replace(BEFORE[breaks], "\u00a0");
  return glued.replace(/(?<=(?:^|[ \u00a0])(?:\+?=|[-+·≠→<>])) /g, "\u00a0");
}

const FORMS = { n: number, f: factor, "+": signed };

function element(part, context) {
  if ("if" in part) return written(holds(part.if, context) ? part.then : part.else, context);
  const [form, k, digits] = part;
  if (form === "_") return written(context.blanks?.[k] ?? told.blanks[k], context);
  if (form === "∂") return written(told.symbols[k][state.notation], context);
  if (form === "answer") return constant(context.answer);
  if (context.veiled) return told.words.unknown;
  const { x } = context.run;
  if (Number.isNaN(x[k])) return told.words.dash;
  return FORMS[form](x[k], Array.isArray(digits) ? opened(digits, x) : digits);
}

// A number of digits that depends on numbers.
function opened([kind, ...rest], x) {
  if (kind === "apart") return apart(rest.slice(2).map((i) => x[i]), rest[0], rest[1]);
  return telling(x[rest[0]], x[rest[1]], rest[2], rest[3]);
}

function holds([kind, one, other], context) {
  switch (kind) {
    case "t": return context.run.t[one];
    case "same": return written(one, { ...context, veiled: false }) === written(other, { ...context, veiled: false });
    case "less": return context.run.x[one] < context.run.x[other];
    case "finite": return Number.isFinite(context.run.x[one]);
  }
  throw new Error(`unknown condition ${kind}`);
}
