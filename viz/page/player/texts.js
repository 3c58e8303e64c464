// The page's numbers, and its texts with these in them.
//
// No word and no formula is written here. chalkgrad renders every text once, with numbers in it that say what they are
// ("the local derivative of edge 3"); this script computes those numbers anew and fills them in. Values and local
// derivatives come from `evaluate`, which chalkgrad generates from its one table of operations.

const byId = (id) => document.getElementById(id);
const read = JSON.parse(byId("script").textContent);

// Long lists come packed, as packing.py has it: shapes in which 0 stands for a number and 1 for a constant, the shape of each
// item, each number less than that in the item before of the same shape, and the constants; `keys` are there if it was no list.
function unpacked([shapes, which, numbers, constants]) {
  const before = shapes.map(() => []);
  let next = 0;
  const full = (shape, known, place) => {
    if (shape === 0 || shape === 1) {
      const k = known[place.at] = (known[place.at] ?? 0) + numbers[next++];
      place.at += 1;
      return shape ? constants[k] : k;
    }
    if (Array.isArray(shape)) return shape.map((part) => full(part, known, place));
    if (typeof shape !== "object") return shape;
    return Object.fromEntries(Object.entries(shape).map(([name, part]) => [name, full(part, known, place)]));
  };
  return which.map((k) => full(shapes[k], before[k], { at: 0 }));
}

for (const told of [read, ...read.editions]) {
  const drawn = (told.looks ?? []).flatMap((look) => [look, look.opened ?? {}]);
  for (const part of [told, told.units ?? {}, ...Object.values(told.mistakes ?? {}), ...drawn]) {
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
const trained = []; // the numbers of a step of training

// Everything that follows from the leaves' values. `told.numbers` lists all that the texts mention, each entry after those it
// is computed from: the whole sweep, with mistakes and without. A nudge moves one leaf and asks what the root does; a step of
// descent has numbers of its own.
function calculate(values, nudged = -1, descent = []) {
  const v = values.slice(), { p, t, f, bad, why, given } = evaluate(v);
  let after = NaN;
  if (nudged >= 0) {
    const moved = values.slice();
    moved[nudged] += H;
    evaluate(moved);
    after = moved[told.root];
  }
  const x = new Float64Array(told.numbers.length);
  told.numbers.forEach(([kind, i, j], k) => {
    switch (kind) {
      case "v": x[k] = v[i]; break;
      case "p": x[k] = p[i] ?? NaN; break;
      case "f": x[k] = f[i] ?? NaN; break;
      case "*": x[k] = x[i] * x[j]; break;
      case "+": x[k] = x[i] + x[j]; break;
      case "-": x[k] = x[i] - x[j]; break;
      case "/": x[k] = x[i] / x[j]; break;
      case "neg": x[k] = -x[i]; break;
      case "=": x[k] = Number(i); break; // JSON knows no infinity
      case "given": x[k] = given?.[i] ?? NaN; break;
      case "h": x[k] = nudged >= 0 ? H : NaN; break;
      case "after": x[k] = after; break;
      case "curve": x[k] = NaN; break; // the lens supplies it
      case "training": x[k] = trained[i] ?? NaN; break;
      case "descent": x[k] = descent[i] ?? NaN; break;
      default: throw new Error(`unknown number ${kind}`);
    }
  });
  return { v, t, x, bad, why };
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
