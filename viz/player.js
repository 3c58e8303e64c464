// The page's script. It is a module: strict, and nothing of it is a global.
//
// No word and no formula is written here. chalkgrad renders every text once, with numbers in it that say what they are
// ("the local derivative of edge 3"); this script computes those numbers anew and fills them in. Values and local
// derivatives come from `evaluate`, which chalkgrad generates from its one table of operations.

/*program*/

const byId = (id) => document.getElementById(id);
const told = JSON.parse(byId("script").textContent);

/* numbers */
// What engine/words.py and engine/sentences.py do with a number, digit by digit.

// Python rounds what lies exactly in the middle to the even digit, toExponential rounds it up.
function exponential(x, decimals) {
  const rounded = x.toExponential(decimals), [shortest, power] = x.toExponential().split("e");
  const middle = shortest.endsWith("5") && shortest.replace("-", "").length === decimals + 3;
  if (!middle || !x.toExponential(100).startsWith(shortest.padEnd(100, "0"))) return rounded;
  const down = shortest.slice(0, -1).replace(/\.$/, "");
  return "02468".includes(down.at(-1)) ? `${down}e${power}` : rounded;
}

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

function number(x, digits = 4) {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const size = Math.abs(x), sign = x < 0 ? "-" : "";
  if (digits >= 17) return size >= 1e-4 && size < 1e16 ? String(x) : x.toExponential().replace("e+", "e");
  const [mantissa, exponent] = exponential(size, digits - 1).split("e"), power = Number(exponent);
  if (power > -5 && power < digits) return sign + trimmed(placed(mantissa.replace(".", ""), power));
  if (power > 0 && size < 1e6) {
    const below = Math.floor(size), whole = size - below === 0.5 ? below + (below % 2) : Math.round(size);
    if (whole < 1e6) return sign + whole;
  }
  return `${sign}${trimmed(mantissa)}e${power}`;
}

// Digits with the point where the power of ten puts it.
function placed(digits, power) {
  if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1), rest = digits.slice(power + 1);
  return rest ? `${whole}.${rest}` : whole;
}

function factor(x, digits = 4) {
  const text = number(x, digits);
  return text.startsWith("-") ? `(${text})` : text;
}

const withSign = (text) => (/^[-n]/.test(text) ? text : `+${text}`);
const signed = (x) => withSign(number(x));

// Whether an answer is the exact number, or the exact number rounded to as many digits as the answer has.
function agrees(answer, exact) {
  if (Math.abs(answer - exact) <= 1e-9 * Math.abs(exact)) return true;
  const written = exponential(Math.abs(answer), 11).split("e")[0].replace(".", "").replace(/^0+|0+$/g, "");
  if (written.length < 2 || !Number.isFinite(exact)) return false;
  return Number(exponential(exact, written.length - 1)) === Number(exponential(answer, 11));
}

// How many digits show the difference of two numbers, to `visible` digits of its own: engine/nudge.py.
function telling(before, after, visible = 4, most = 17) {
  const size = Math.max(Math.abs(before), Math.abs(after)), change = Math.abs(after - before);
  if (!(change > 0 && change < Infinity) || !(size / change < Infinity)) return 4;
  return Math.min(most, Math.max(4, Math.ceil(Math.log10(size / change)) + visible));
}
/* end of numbers */

// The numbers and the texts ---------------------------------------------------------------------------------------------

const H = 0.001; // how far a nudge moves a leaf

// Everything that follows from the leaves' values. `told.numbers` lists all that the texts mention, each entry after those it
// is computed from: the whole sweep, with mistakes and without. A nudge moves one leaf and asks what the root does.
function calculate(values, nudged = -1) {
  const v = values.slice(), { p, t, bad, why, given } = evaluate(v);
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
      case "*": x[k] = x[i] * x[j]; break;
      case "+": x[k] = x[i] + x[j]; break;
      case "-": x[k] = x[i] - x[j]; break;
      case "/": x[k] = x[i] / x[j]; break;
      case "neg": x[k] = -x[i]; break;
      case "=": x[k] = Number(i); break; // JSON knows no infinity
      case "given": x[k] = given?.[i] ?? NaN; break;
      case "h": x[k] = nudged >= 0 ? H : NaN; break;
      case "after": x[k] = after; break;
      default: throw new Error(`unknown number ${kind}`);
    }
  });
  return { v, t, x, bad, why };
}

// A text is a string, or strings and elements in a row. A context is a run, and where the text speaks of them the contents
// of its blanks and the student's answer.
function written(text, context) {
  if (typeof text === "string") return text;
  let whole = "";
  for (const part of text) whole += typeof part === "string" ? part : element(part, context);
  return whole;
}

const FORMS = { n: number, f: factor, "+": signed };

function element(part, context) {
  if ("if" in part) return written(holds(part.if, context) ? part.then : part.else, context);
  const [form, k, digits] = part;
  if (form === "_") return written(context.blanks?.[k] ?? told.blanks[k], context);
  if (form === "answer") return number(context.answer);
  const { x } = context.run;
  if (Number.isNaN(x[k])) return told.words.dash;
  return FORMS[form](x[k], Array.isArray(digits) ? telling(x[digits[1]], x[digits[2]], digits[3], digits[4]) : digits);
}

function holds([kind, one, other], context) {
  switch (kind) {
    case "t": return context.run.t[one];
    case "same": return written(one, context) === written(other, context);
    case "finite": return Number.isFinite(context.run.x[one]);
  }
  throw new Error(`unknown condition ${kind}`);
}

// State ----------------------------------------------------------------------------------------------------------------

// A beat is one press of a key. The forward pass comes first: beat 0 gives the inputs, then each computed value is asked
// for (an odd beat) and shown (an even one). Then the sweep: its seed, and each step asks and answers.
const FORWARD = told.forward.length, STEPS = told.steps.length - 1;
const SEED = 2 * FORWARD + 1, LAST = SEED + 2 * STEPS;

const state = {
  values: told.values,
  beat: 0,
  panel: "", // inputs, table, chain, mistakes or none
  predicting: false,
  answer: null, // { text, right } once it is checked
  mistake: "",
  chosen: -1, // the node whose chain rule is written out
  path: -1, // which of its paths is lit, all by default
  nudging: -1,
  descents: [], // the values before each step downhill
  resting: new Set(), // leaves that do not descend
  printing: false,
};
let run = calculate(state.values);

// Where a beat is. `swept` and `computed` are how far the two passes have come; a question has not come to its answer. A
// mistaken sweep asks nothing: it is watched.
function moment(beat) {
  const forward = beat < SEED, within = forward ? beat : beat - SEED;
  const at = Math.ceil(within / 2), asking = within % 2 === 1 && (forward || !state.mistake), reached = asking ? at - 1 : at;
  return { forward, at, asking, computed: forward ? reached : FORWARD, swept: forward ? -1 : reached };
}

// The sweep that is being played: the right one, or one with a mistake in it. A mistaken step is the right one of its edge
// with other words and numbers.
const sweeps = { "": told.steps };
for (const [mistake, { steps }] of Object.entries(told.mistakes)) {
  sweeps[mistake] = [told.steps[0], ...steps.map(({ step, blanks, ...numbers }) => {
    const right = told.steps[step];
    return { ...right, ...numbers, mistaken: true, blanks: { ...right.blanks, ...blanks } };
  })];
}
const sweepSteps = () => sweeps[state.mistake];

function update(changes) {
  if ("beat" in changes) {
    changes.beat = Math.max(0, Math.min(LAST, changes.beat));
    if (changes.beat !== state.beat) changes.answer = null;
  }
  const moved = "values" in changes, before = state.beat;
  Object.assign(state, changes);
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

function make(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

const numeric = (attributes) => make("input", { type: "text", inputmode: "decimal", autocomplete: "off", ...attributes });

// Roughly the width of a text in bold Arial, in units of its font size: measuring in the document would lay it out.
function width(text) {
  let sum = 0;
  for (const sign of text) sum += WIDTHS[sign] ?? 0.56;
  return sum;
}
const WIDTHS = {
  ".": 0.28, " ": 0.28, "/": 0.28, "·": 0.33, "-": 0.34, "(": 0.34, ")": 0.34,
  "∂": 0.5, "=": 0.59, "+": 0.59, "≠": 0.59, "…": 1,
};

const FONT = 20, LABEL_FONT = 17; // in the picture's own units

// A number longer than its place is made smaller.
function fit(node, text, size, room) {
  const wide = width(text) * size;
  node.style.fontSize = wide > room ? `${Math.max(9, (size * room) / wide)}px` : "";
}

// The picture ----------------------------------------------------------------------------------------------------------

const picture = byId("picture"), drawing = picture.querySelector("svg");
const groups = (kind) =>
  [...drawing.querySelectorAll(`g.${kind}`)].map((group) => ({ number: Number(group.dataset.number), group }));
const wires = groups("wire");
const labels = groups("label").map(({ number, group }) => {
  const lines = [...group.querySelectorAll("text")], carried = group.querySelector(".contribution");
  const room = (Math.max(...lines.map((line) => width(line.textContent))) * 1.1 + 1) * LABEL_FONT;
  const [x, y] = ["x", "y"].map((name) => Number(lines[0].getAttribute(name)));
  const box = { left: x - room / 2, right: x + room / 2, top: y - LABEL_FONT, bottom: y + 30 * lines.length };
  return { number, group, lines: lines.filter((line) => line !== carried), carried, room, box };
});
const cards = groups("card").map(({ number, group }) => {
  const data = group.querySelector(".data"), grad = group.querySelector(".grad");
  const frame = group.querySelector("rect");
  const [left, top, wide, high] = ["x", "y", "width", "height"].map((name) => Number(frame.getAttribute(name)));
  const room = (text) => (text ? wide - 30 - width(text.previousElementSibling.textContent) * FONT : 0);
  const box = { left, right: left + wide, top, bottom: top + high };
  return { number, group, data, grad, dataRoom: room(data), gradRoom: room(grad), box };
});

// The part of the drawing that is seen, in its own units. While an input moves, texts outside it wait until it rests: laying
// out a text takes the browser longer than everything that leads to it.
let view = { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity };

function look() {
  const { left, right, top, bottom } = picture.getBoundingClientRect(), inverse = drawing.getScreenCTM().inverse();
  const start = new DOMPoint(left, top).matrixTransform(inverse), end = new DOMPoint(right, bottom).matrixTransform(inverse);
  view = { left: start.x, right: end.x, top: start.y, bottom: end.y };
}

const seen = ({ left, right, top, bottom }) => left < view.right && right > view.left && top < view.bottom && bottom > view.top;
const cardOf = new Map(cards.map((card) => [card.number, card]));

// The position from which a node's value is there, an edge's contribution, and a card's grads.
const computedAt = new Map(told.forward.map(({ node }, at) => [node, at + 1]));
// For each sweep: the position at which each edge comes, and each node's first contribution. With a mistake the edges may come
// in another order.
const came = {}, begun = {};
for (const [mistake, steps] of Object.entries(sweeps)) {
  came[mistake] = new Map(steps.map(({ edge }, at) => [edge, at]));
  begun[mistake] = new Map(steps.map(({ parent }, at) => [parent, at]).reverse());
}

// A card's grad once the sweep has come to a position: its text, the position from which it holds, whether it is wrong.
function gradOf(node, swept, room) {
  if (state.mistake) return mistakenGrad(node, swept);
  const latest = told.grads[node]?.findLast(([from]) => from <= swept);
  if (!latest) return null;
  const [from, full, brief] = latest;
  if (run.bad >= 0) return { from, text: told.words.dash };
  const text = written(full, { run });
  return { from, text: brief && width(text) * FONT > room ? written(brief, { run }) : text };
}

function mistakenGrad(node, swept) {
  const from = sweepSteps().findLastIndex(({ parent }, at) => at <= swept && parent === node);
  if (from < 0) return null;
  const { after, right } = sweepSteps()[from];
  if (after === undefined) return { from, text: written(told.grads[node][0][1], { run }) }; // the seed
  const wrong = number(run.x[after]) !== number(run.x[right]);
  return { from, text: wrong ? `${shown(after)} ≠ ${shown(right)}` : shown(after), wrong };
}

const shown = (k) => element(["n", k], { run });

function contributionOf(edge, at) {
  if (run.bad >= 0) return told.words.dash;
  if (state.mistake) return withSign(written(sweepSteps()[at].blanks.contribution, { run }));
  return written(told.contributions[edge], { run });
}

function drawWires(now, lit) {
  const [computing] = endsOf(now), first = begun[state.mistake];
  for (const { number, group } of wires) {
    const [node, , parent] = told.edges[number], at = came[state.mistake].get(number) ?? Infinity;
    const inPlay = now.forward ? node === computing : at === now.at;
    const waits = !now.forward && at > now.at && at < Infinity && first.get(parent) <= now.swept;
    const mark = group.classList;
    mark.toggle("lit", inPlay);
    mark.toggle("forward", inPlay && now.forward);
    mark.toggle("carried", at <= now.swept);
    mark.toggle("future", now.forward ? (computedAt.get(node) ?? 0) > now.at : at > now.at);
    mark.toggle("awaited", waits);
    mark.toggle("chain", lit.edges.has(number));
  }
}

function drawLabels(now, lit, hurried) {
  const context = { run };
  for (const { number, group, lines, carried, room, box } of labels) {
    if (hurried && !seen(box)) continue;
    const [node] = told.edges[number], at = came[state.mistake].get(number) ?? Infinity, mark = group.classList;
    const asked = !now.forward && now.asking && at === now.at, born = (computedAt.get(node) ?? 0) <= now.computed;
    mark.toggle("lit", !now.forward && at === now.at);
    mark.toggle("carried", at <= now.swept);
    mark.toggle("asked", asked);
    mark.toggle("unborn", !born);
    mark.toggle("future", now.forward ? (computedAt.get(node) ?? 0) > now.at : at > now.at);
    mark.toggle("chain", lit.edges.has(number));
    const texts = told.labels[number];
    if (texts && born) lines.forEach((line, i) => {
      const text = written(texts[i], context);
      if (put(line, text)) fit(line, text, LABEL_FONT, room);
    });
    if (carried && at <= now.at) put(carried, asked ? told.words.unknown : contributionOf(number, at));
  }
}

function drawCards(now, lit, fresh, hurried) {
  const context = { run }, ends = endsOf(now);
  for (const { number, group, data, grad, dataRoom, gradRoom, box } of cards) {
    if (hurried && !seen(box)) continue;
    const born = computedAt.get(number) ?? 0, current = ends.includes(number), mark = group.classList;
    const latest = now.forward ? null : gradOf(number, now.swept, gradRoom);
    mark.toggle("lit", current);
    mark.toggle("forward", current && now.forward);
    mark.toggle("future", !current && (now.forward ? born > now.at : !latest));
    mark.toggle("bad", number === run.bad);
    mark.toggle("chosen", number === state.chosen);
    mark.toggle("chain", lit.nodes.has(number));
    const value = born <= now.computed ? written(told.data[number], context) : current ? told.words.unknown : told.words.dash;
    if (data && put(data, value)) fit(data, value, FONT, dataRoom);
    if (!grad || !told.grads[number]) continue;
    const text = latest ? latest.text : told.words.missing;
    if (put(grad, text)) fit(grad, text, latest ? FONT : 0, gradRoom);
    grad.classList.toggle("missing", !latest);
    grad.classList.toggle("wrong", Boolean(latest?.wrong));
    grad.classList.toggle("fresh", fresh && latest?.from === now.at && !now.asking);
  }
}

// The edges and nodes of the chosen node's paths to the root.
function tracedPaths() {
  const lit = { edges: new Set(), nodes: new Set() };
  if (state.chosen < 0) return lit;
  const paths = told.chain[state.chosen]?.paths ?? [];
  for (const path of state.path < 0 ? paths : [paths[state.path]]) for (const edge of path) lit.edges.add(edge);
  for (const node of [told.root, state.chosen]) lit.nodes.add(node);
  for (const edge of lit.edges) lit.nodes.add(told.edges[edge][0]).add(told.edges[edge][2]);
  return lit;
}

// What went wrong stands below the card where it did, or above it, wherever it covers fewer of the others.
function drawTrouble() {
  const sign = byId("trouble"), card = cardOf.get(run.bad)?.group.getBoundingClientRect();
  sign.hidden = run.bad < 0;
  if (run.bad < 0) return;
  put(sign, trouble(run));
  const frame = picture.getBoundingClientRect(), wide = sign.offsetWidth, high = sign.offsetHeight;
  const left = Math.max(frame.left + 8, Math.min((card.left + card.right - wide) / 2, frame.right - wide - 8));
  const covered = (top) => cards.filter(({ group }) => {
    const other = group.getBoundingClientRect();
    return other.left < left + wide && other.right > left && other.top < top + high && other.bottom > top;
  }).length;
  const inside = [card.bottom + 8, card.top - high - 8].filter((top) => top >= frame.top && top + high <= frame.bottom);
  const top = inside.sort((one, other) => covered(one) - covered(other))[0] ?? frame.top + 8;
  sign.style.left = `${left - frame.left + picture.scrollLeft}px`;
  sign.style.top = `${top - frame.top + picture.scrollTop}px`;
}

const trouble = (run) => written(told.errors[run.bad][run.why], { run });

// Only where the picture is larger than its place does it scroll, to what is lit; of paths that are longer, to their beginning.
function reveal() {
  if (!picture.classList.contains("scrolled")) return;
  const frame = picture.getBoundingClientRect(), chosen = state.chosen >= 0;
  for (const what of chosen ? ["g.card.chosen, g.wire.chain", "g.card.chosen"] : ["g.lit"]) {
    const boxes = [...drawing.querySelectorAll(what)].map((group) => group.getBoundingClientRect());
    if (!boxes.length) return;
    const left = Math.min(...boxes.map((box) => box.left)), right = Math.max(...boxes.map((box) => box.right));
    const top = Math.min(...boxes.map((box) => box.top)), bottom = Math.max(...boxes.map((box) => box.bottom));
    if (chosen && what.includes(",") && (right - left > frame.width || bottom - top > frame.height)) continue;
    picture.scrollBy((left + right - frame.left - frame.right) / 2, (top + bottom - frame.top - frame.bottom) / 2);
    return;
  }
}

// The words ------------------------------------------------------------------------------------------------------------

const caption = byId("caption"), said = byId("said");
// Of a sentence with Hebrew or Arabic names the cells go from right to left, each formula from left to right.
caption.dir = told.names.some((name) => /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(name)) ? "rtl" : "ltr";
let pieces = []; // the spans of the sentence, each with its living text
let speaking = 0;

// What is said at a moment: the lines of the caption, the whole sentence, and what stands in their blanks.
function sentence({ forward, at, asking }) {
  if (forward) {
    const { pieces, question, said, asked } = at ? told.forward[at - 1] : told.start;
    return asking ? { lines: question, whole: asked } : { lines: pieces, whole: said };
  }
  const { blanks, mistaken } = sweepSteps()[at], texts = told.templates;
  if (!at) return { lines: texts.seedPieces, whole: texts.seed };
  if (mistaken) return { lines: texts.mistakenPieces, whole: texts.mistaken, blanks };
  return asking ? { lines: texts.question, whole: texts.asked, blanks } : { lines: texts.pieces, whole: texts.said, blanks };
}

// The values in play.
const endsOf = ({ forward, at }) => (forward ? (at ? [told.forward[at - 1].node] : []) : sweepSteps()[at].ends);

function writeCaption(now) {
  const { lines, blanks } = sentence(now);
  caption.classList.toggle("ahead", now.forward);
  pieces = [];
  [...caption.children].forEach((paragraph, i) => {
    const cells = (lines[i] ?? []).map((cell) => {
      const spans = cell.map(([text, kind]) => {
        const node = make("span", kind ? { class: kind } : {});
        pieces.push({ node, text, blanks });
        return node;
      });
      return make("bdi", { class: "cell", dir: i === 2 ? "auto" : "ltr" }, ...spans);
    });
    paragraph.replaceChildren(...cells.flatMap((cell, i) => (i ? [" ", cell] : [cell])));
  });
}

const predicting = (now) => state.predicting && now.asking && !now.forward && run.bad < 0;

function drawCaption(now, moved) {
  const key = [state.beat, state.mistake, predicting(now)].join();
  if (caption.dataset.key !== key) {
    caption.dataset.key = key;
    writeCaption(now);
    if (predicting(now)) askFor(now);
    caption.setAttribute("aria-hidden", String(!predicting(now))); // what it says is announced; a field has to be found
  }
  for (const { node, text, blanks } of pieces) put(node, written(text, { run, blanks }));
  caption.classList.toggle("broken", run.bad >= 0);
  if (predicting(now)) drawVerdict();
  if (!moved) squeeze();
}

// A sentence that takes more than its height is written smaller.
function squeeze() {
  for (const share of [1, 0.85, 0.72, 0.6]) {
    caption.style.setProperty("--grown", size * share);
    if (caption.offsetHeight <= Math.ceil(reserved)) return;
  }
}

// What a screen reader says. While a slider moves it waits for the last of many sentences.
function speak(now, moved) {
  const { whole, blanks } = sentence(now);
  const { verdict = written(whole, { run, blanks }) } = (predicting(now) && state.answer) || {};
  const text = run.bad >= 0 ? trouble(run) : verdict;
  clearTimeout(speaking);
  if (moved) speaking = setTimeout(() => put(said, text), 400);
  else put(said, text);
}

// Predict --------------------------------------------------------------------------------------------------------------

// Instead of the question mark, a field for the answer.
function askFor(now) {
  const { node, text } = pieces.pop(), { whole, blanks } = sentence(now), before = written(text, { run, blanks });
  const field = numeric({ id: "answer", "aria-label": written(whole, { run, blanks }) });
  const check = make("button", { id: "check" }, "Check");
  node.replaceChildren(before.slice(0, before.lastIndexOf(told.words.unknown)), field, " ", check);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (state.answer?.right && state.answer.text === field.value) go(state.beat + 1);
    else checkAnswer(field.value);
  });
  check.addEventListener("click", () => checkAnswer(field.value));
  if (!matchMedia("(pointer: coarse)").matches) field.focus({ preventScroll: true });
}

// A number as students write it: -1.5, 1,5, 2/3, and the minus sign of mathematics.
function parsed(text) {
  const [above, below = "1", ...more] = text.trim().replace(/[−–]/g, "-").replace(/,/g, ".").split("/");
  const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  if (more.length || !plain.test(above.trim()) || !plain.test(below.trim())) return NaN;
  return Number(above) / Number(below);
}

function checkAnswer(text) {
  const answer = parsed(text);
  if (!Number.isFinite(answer)) {
    update({ answer: { text, verdict: "type a number, such as -1.5 or 2/3", right: false } });
    return;
  }
  const step = told.steps[moment(state.beat).at], right = agrees(answer, run.x[step.contribution]);
  const verdict = right ? written(told.templates.right, { run, blanks: step.blanks }) : missed(step, answer);
  update({ answer: { text, verdict, right } });
}

// What a wrong answer missed: the first slip that leads to it. The last one explains whatever is left.
function missed({ slips, blanks }, answer) {
  const [, name, more] = slips.find(([k]) => k === null || agrees(answer, run.x[k]));
  const why = written(told.templates.slips[name], { run, answer, blanks: { ...blanks, ...more } });
  return written(told.templates.wrong, { run, answer, blanks: { ...blanks, why } });
}

function drawVerdict() {
  const line = caption.querySelector(".status");
  put(line, state.answer?.verdict ?? "");
  line.classList.toggle("right", Boolean(state.answer?.right));
}

// The table ------------------------------------------------------------------------------------------------------------

const table = byId("table");
const rows = told.rows.map((row, node) => {
  const cells = ["expression", "value", "reasons", "adjoint"].map((kind) => make("td", { class: kind }));
  const [expression, value, derivatives, adjoint] = cells;
  const reasons = (told.forward[computedAt.get(node) - 1]?.pieces[1] ?? []).map(([[text]]) => ({ text, line: make("div") }));
  put(expression, written(row.expression, { run }));
  derivatives.append(...reasons.map(({ line }) => line));
  const name = make("th", { scope: "row" }, make("bdi", {}, told.names[node]));
  return { value, reasons, adjoint, line: make("tr", {}, name, ...cells) };
});
table.querySelector("thead").append(make("tr", {}, ...told.headings.map((heading) => make("th", { scope: "col" }, heading))));
table.querySelector("tbody").append(...rows.map(({ line }) => line));
table.querySelector("table").classList.toggle("long", rows.length > 40);

// The rows that are seen: while an input moves, the others wait.
const inSight = new Set(), rowWatch = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) inSight[isIntersecting ? "add" : "delete"](target);
});
for (const { line } of rows) rowWatch.observe(line);

function drawTable(now, hurried) {
  const complete = state.printing, context = { run };
  if (!complete && state.panel !== "table") return;
  const ends = endsOf(now), swept = complete ? STEPS : now.swept;
  rows.forEach(({ value, reasons, adjoint, line }, node) => {
    if (hurried && !inSight.has(line)) return;
    const born = complete || (computedAt.get(node) ?? 0) <= now.computed;
    const latest = swept < 0 ? null : gradOf(node, swept, Infinity);
    put(value, born ? written(told.rows[node].value, context) : "");
    for (const reason of reasons) put(reason.line, born ? written(reason.text, context) : "");
    put(adjoint, latest?.text ?? "");
    adjoint.classList.toggle("wrong", Boolean(latest?.wrong));
    line.classList.toggle("lit", !complete && ends.includes(node));
    line.classList.toggle("bad", node === run.bad);
  });
  if (!complete && !hurried) table.querySelector("tr.lit")?.scrollIntoView({ block: "nearest" });
}

// The inputs -----------------------------------------------------------------------------------------------------------

// A slider goes from -reach to reach: 1, 2 or 5 times a power of ten, twice the original value or more; 100 steps a side.
function reachOf(value) {
  if (value === 0) return 1;
  const wanted = 2 * Math.abs(value), power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].find((times) => times * power >= wanted * 0.9999) * power;
}

const sliders = told.leaves.map((leaf) => {
  const reach = reachOf(told.values[leaf]), name = told.names[leaf];
  const slider = make("input", { type: "range", min: -reach, max: reach, step: reach / 100, "aria-label": name });
  const field = numeric({ "aria-label": `${name} =` });
  const descends = make("input", { type: "checkbox", "aria-label": `${name} descends`, title: "takes part in descending" });
  const nudge = make("button", { title: "Measure the slope, beside the gradient" }, "Nudge");
  const lines = make("pre", { hidden: "" });
  descends.checked = true;
  slider.addEventListener("input", () => setLeaf(leaf, tidy(slider.valueAsNumber, reach / 100)));
  slider.addEventListener("wheel", (event) => wheel(event, leaf), { passive: false });
  field.addEventListener("change", () => typed(field, leaf));
  descends.addEventListener("change", () => state.resting[descends.checked ? "delete" : "add"](leaf));
  nudge.addEventListener("click", () => update({ nudging: state.nudging === leaf ? -1 : leaf }));
  const label = make("label", {}, descends, " ", make("bdi", {}, name));
  byId("leaves").append(make("div", { class: "leaf" }, label, slider, field, nudge, lines));
  return { leaf, reach, slider, field, nudge, lines };
});
const sliderOf = new Map(sliders.map((slider) => [slider.leaf, slider]));

// A value on the grid of the steps, without the tail that binary fractions leave.
function tidy(value, step) {
  const decimals = Math.min(100, Math.max(0, 2 - Math.floor(Math.log10(step))));
  return Number(value.toFixed(decimals));
}

function setLeaf(leaf, value) {
  if (value === state.values[leaf] || !Number.isFinite(value)) return;
  update({ values: state.values.with(leaf, value), descents: [] });
}

// So many hundredths of its slider's reach more.
const shift = (leaf, count) => {
  const size = sliderOf.get(leaf).reach / 100;
  setLeaf(leaf, tidy(state.values[leaf] + count * size, size));
};

function typed(field, leaf) {
  const value = parsed(field.value);
  field.setAttribute("aria-invalid", String(!Number.isFinite(value)));
  if (Number.isFinite(value)) setLeaf(leaf, value);
}

function wheel(event, leaf) {
  event.preventDefault();
  shift(leaf, event.deltaY < 0 || event.deltaX > 0 ? 1 : -1);
}

function drawInputs() {
  if (state.panel !== "inputs") return;
  for (const { leaf, slider, field, nudge, lines } of sliders) {
    const value = state.values[leaf];
    if (slider.valueAsNumber !== value) slider.value = value;
    if (put(slider, String(value))) slider.setAttribute("aria-valuetext", number(value));
    if (document.activeElement !== field || parsed(field.value) !== value) {
      const text = number(value, 6);
      if (field.value !== text) field.value = text;
      field.removeAttribute("aria-invalid");
    }
    const open = state.nudging === leaf;
    nudge.setAttribute("aria-expanded", String(open));
    lines.hidden = !open;
    if (open) put(lines, nudgeText(leaf));
  }
  drawLoss();
}

function nudgeText(leaf) {
  if (run.bad >= 0) return trouble(run);
  const moved = calculate(state.values.with(leaf, state.values[leaf] + H)), beside = calculate(state.values, leaf);
  return moved.bad >= 0 ? trouble(moved) : told.nudge[leaf].map((line) => written(line, { run: beside })).join("\n");
}

// Descending -----------------------------------------------------------------------------------------------------------

// A leaf's whole gradient: its adjoint after the last step that adds to it. One that the sweep does not reach has none.
function gradient(leaf) {
  const { after } = told.steps.findLast(({ parent }) => parent === leaf) ?? {};
  return after === undefined ? Number(leaf === told.root) : run.x[after];
}

function descend() {
  const rate = parsed(byId("rate").value);
  byId("rate").setAttribute("aria-invalid", String(!Number.isFinite(rate)));
  if (!Number.isFinite(rate) || run.bad >= 0) return;
  const values = state.values.slice();
  for (const leaf of told.leaves) if (!state.resting.has(leaf)) values[leaf] -= rate * gradient(leaf);
  update({ values, descents: [...state.descents, { values: state.values, loss: run.v[told.root] }] });
}

function undo() {
  const before = state.descents.at(-1);
  if (before) update({ values: before.values, descents: state.descents.slice(0, -1) });
}

function drawLoss() {
  const losses = [...state.descents.map(({ loss }) => loss), run.v[told.root]], figure = byId("loss");
  byId("undo").setAttribute("aria-disabled", String(!state.descents.length));
  figure.hidden = losses.length < 2;
  if (figure.hidden) return;
  const seen = losses.filter(Number.isFinite), high = Math.max(...seen), low = Math.min(0, ...seen), span = high - low || 1;
  const points = losses.map((loss, i) => [12 + (376 * i) / Math.max(4, losses.length - 1), 114 - (102 * (loss - low)) / span]);
  const inside = points.filter(([, y]) => Number.isFinite(y));
  figure.querySelector("polyline").setAttribute("points", inside.map((point) => point.join()).join(" "));
  figure.querySelector("g").replaceChildren(...inside.map(([x, y]) => {
    const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    for (const [name, value] of [["cx", x], ["cy", y], ["r", 4]]) dot.setAttribute(name, value);
    return dot;
  }));
  const latest = losses.slice(-2).map((loss) => number(loss)).join(" → ");
  put(byId("loss-said"), `steps: ${losses.length - 1}   ${told.names[told.root]}: ${latest}`);
}

// The chain rule and the mistakes --------------------------------------------------------------------------------------

function drawChain() {
  drawing.classList.toggle("tracing", state.chosen >= 0);
  if (state.panel !== "chain" || state.chosen < 0) return;
  const { lines, paths } = told.chain[state.chosen] ?? { lines: [], paths: [] };
  put(byId("chain").querySelector("pre"), lines.map((line) => written(line, { run })).join("\n"));
  const choices = paths.length > 1 ? paths.map((_, i) => i) : [];
  const buttons = choices.map((i) => {
    const button = make("button", { class: "view", "aria-pressed": String(state.path === i) }, `path ${i + 1}`);
    button.addEventListener("click", () => update({ path: state.path === i ? -1 : i }));
    return button;
  });
  const row = byId("paths"), key = `${state.chosen} ${state.path}`;
  if (row.dataset.key === key) return;
  row.dataset.key = key;
  const focused = [...row.children].indexOf(document.activeElement);
  row.replaceChildren(...buttons);
  row.children[focused]?.focus();
}

const mistakes = byId("mistakes");
const NAMES = { "": "+=, in order", overwrite: "= for +=", order: "no order" };
for (const mistake of ["", ...Object.keys(told.mistakes)]) {
  const choice = make("input", { type: "radio", name: "mistake", value: mistake });
  choice.checked = !mistake;
  choice.addEventListener("change", () => makeMistake(mistake));
  choice.addEventListener("click", (event) => event.detail && choice.blur()); // after a click the arrow keys step again
  mistakes.querySelector(".choices").append(make("label", {}, choice, " ", NAMES[mistake] ?? mistake));
}

// From the seed on, so that the two sweeps are seen to part.
function makeMistake(mistake) {
  update({ mistake, beat: mistake ? Math.max(state.beat, SEED) : state.beat });
}

function drawMistakes(now) {
  if (state.panel !== "mistakes") return;
  for (const choice of mistakes.querySelectorAll("input")) choice.checked = choice.value === state.mistake;
  const wrong = state.mistake ? wrongSoFar(now.swept) : [];
  put(mistakes.querySelector(".what"), state.mistake ? aboutMistake() : "");
  mistakes.querySelector("tbody").replaceChildren(...wrong.map(({ parent, after, right }) => {
    const name = make("th", { scope: "row" }, told.names[parent]);
    return make("tr", {}, name, make("td", { class: "wrong" }, shown(after)), make("td", {}, shown(right)));
  }));
  mistakes.querySelector("table").hidden = !wrong.length;
}

function aboutMistake() {
  const { what, why, harmless } = told.mistakes[state.mistake];
  const harms = sweepSteps().some(({ after, right }) => after !== undefined && run.x[after] !== run.x[right]);
  return [what, harms ? why : harmless].filter(Boolean).map((text) => written(text, { run })).join("\n");
}

const headings = ["grad, mistaken", "grad, right"].map((heading) => make("th", { scope: "col" }, heading));
mistakes.querySelector("thead").append(make("tr", {}, make("td"), ...headings));

const isWrong = ({ after, right }) => after !== undefined && number(run.x[after]) !== number(run.x[right]);

// What the last steps so far have made of each grad, where it is not what it should be.
function wrongSoFar(swept) {
  const latest = new Map(sweepSteps().slice(0, swept + 1).map((step) => [step.parent, step]));
  return [...latest.values()].filter(isWrong).sort((one, other) => one.parent - other.parent);
}

// The whole page -------------------------------------------------------------------------------------------------------

const controls = byId("controls"), panel = byId("panel"), scrubber = byId("scrubber"), position = byId("position");

function drawControls(now) {
  const pass = now.forward ? "forward" : state.mistake ? "mistaken" : "reverse";
  put(position, `${pass} ${now.at} / ${now.forward ? FORWARD : STEPS}`);
  position.className = pass;
  if (scrubber.valueAsNumber !== state.beat) scrubber.value = state.beat;
  scrubber.setAttribute("aria-valuetext", position.textContent);
  for (const [id, end] of [["first", 0], ["back", 0], ["forward", LAST], ["last", LAST]]) {
    byId(id).setAttribute("aria-disabled", String(state.beat === end));
  }
  for (const button of controls.querySelectorAll("[data-panel]")) {
    const { panel } = button.dataset;
    button.setAttribute("aria-pressed", String(panel === state.panel || (panel === "mistakes" && state.mistake !== "")));
  }
  byId("predict").setAttribute("aria-pressed", String(state.predicting));
}

function drawPanel() {
  if (panel.dataset.panel === state.panel) return;
  panel.dataset.panel = state.panel;
  panel.hidden = !state.panel;
  for (const section of panel.querySelectorAll("section")) section.classList.toggle("shown", section.id === state.panel);
  settle();
}

let idle = 0;

// `hurried` is a change on the way of an input that moves: what is not seen waits until it rests.
function render(fresh = false, hurried = false) {
  const now = moment(state.beat);
  drawPanel();
  drawPicture(now, fresh, hurried);
  drawCaption(now, hurried);
  drawTable(now, hurried);
  drawInputs();
  drawChain();
  drawMistakes(now);
  drawControls(now);
  drawTrouble();
  speak(now, hurried);
  if (!hurried) reveal();
  clearTimeout(idle);
  if (hurried) idle = setTimeout(rest, 150);
}

function rest() {
  const now = moment(state.beat);
  drawPicture(now, false, false);
  drawTable(now, false);
}

function drawPicture(now, fresh, hurried) {
  const lit = tracedPaths();
  if (!hurried) drawWires(now, lit);
  drawLabels(now, lit, hurried);
  drawCards(now, lit, fresh, hurried);
}

// The words keep the height of the longest of them, up to a share of the stage, so that the picture never moves. They grow
// into what it leaves free.
let reserved = 0, size = 1;

function settle() {
  const { width, height } = drawing.viewBox.baseVal, stage = byId("stage");
  const usual = needed(1);
  reserve(Math.min(usual, 0.3 * stage.clientHeight));
  const scale = Math.min(picture.clientWidth / width, picture.clientHeight / height);
  // A card's numbers at 2 % of the height; who opens a panel takes smaller ones.
  const legible = Math.max(0.5, (Math.min(stage.clientWidth, innerHeight) / 1000) * (state.panel ? 0.65 : 1));
  // What scrolls anyway may be larger, as long as an edge fits with both its ends.
  const least = scale < legible ? Math.max(legible, Math.min(0.8, picture.clientWidth / 560)) : 0;
  drawing.style.minWidth = `${least * width}px`;
  drawing.style.minHeight = `${least * height}px`;
  const free = picture.clientHeight + reserved - (picture.clientWidth / width) * height - 0.03 * innerHeight;
  const grown = least ? undefined : [1.4, 1.3, 1.2, 1.1].find((grown) => {
    const high = needed(grown);
    return high <= free && high < 1.1 * grown * usual;
  });
  size = grown ?? 1;
  if (grown) reserve(needed(grown));
  caption.style.setProperty("--grown", size);
  caption.dataset.key = "";
  look();
  const { scrollWidth, clientWidth, scrollHeight, clientHeight } = picture;
  picture.classList.toggle("scrolled", scrollWidth > clientWidth || scrollHeight > clientHeight);
}

function reserve(height) {
  reserved = height;
  caption.style.minHeight = `${height}px`;
}

// The height that the longest sentences take in a size; where there are many, but for the few that are longer still.
const longest = Array.from({ length: LAST + 1 }, (_, beat) => moment(beat))
  .map((now) => ({ now, long: written(sentence(now).whole, { run, blanks: sentence(now).blanks }).length }))
  .sort((one, other) => other.long - one.long).slice(Math.max(0, Math.floor(LAST / 10) - 3)).slice(0, 6).map(({ now }) => now);

function needed(grown) {
  caption.style.minHeight = "";
  caption.style.setProperty("--grown", grown);
  return Math.max(...longest.map((now) => {
    writeCaption(now);
    for (const { node, text, blanks } of pieces) node.textContent = written(text, { run, blanks });
    return caption.offsetHeight;
  }));
}

// Going ----------------------------------------------------------------------------------------------------------------

// #f3 is the third value of the forward pass, #7 position 7 of the sweep, and with a question mark the question before it.
const link = ({ forward, at, asking }) => `#${forward ? "f" : ""}${at}${asking ? "?" : ""}`;

function linked() {
  const found = /^#(f?)(\d+)(\?|%3F)?$/i.exec(location.hash);
  if (!found) return 0;
  const [, forward, digits, asking] = found, at = Math.min(Number(digits), forward ? FORWARD : STEPS);
  return (forward ? 0 : SEED) + 2 * at - (asking && at ? 1 : 0);
}

let addressing = 0, playing = 0;

function go(beat) {
  pause();
  move(beat);
}

function move(beat) {
  update({ beat });
  clearTimeout(addressing); // a key held down would change the address more often than browsers allow
  addressing = setTimeout(() => {
    try { history.replaceState(null, "", link(moment(state.beat))); } catch { /* some frames have no address of their own */ }
  }, 60);
}

// The beat before or after; in a mistaken sweep those are left out that would ask.
function next(by) {
  const beat = state.beat + by;
  return state.mistake && beat > SEED && (beat - SEED) % 2 === 1 ? beat + by : beat;
}

function play() {
  if (playing) return pause();
  if (state.beat === LAST) move(0);
  const onwards = () => {
    move(next(1));
    if (state.beat === LAST) pause();
    else playing = setTimeout(onwards, 1600 / Number(byId("speed").value));
  };
  playing = setTimeout(onwards, 400);
  byId("play").setAttribute("aria-pressed", "true");
}

function pause() {
  clearTimeout(playing);
  playing = 0;
  byId("play").setAttribute("aria-pressed", "false");
}

const toggle = (panel) => update({ panel: state.panel === panel ? "" : panel, ...(panel === "chain" ? {} : { chosen: -1 }) });

// A node that is chosen already is let go.
function choose(node) {
  if (node !== state.chosen) update({ chosen: node, path: -1, panel: "chain" });
  else update({ chosen: -1, panel: state.panel === "chain" ? "" : state.panel });
}

function close() {
  if (byId("more").open) byId("more").open = false;
  else if (document.body.classList.contains("large")) enlarge();
  else update({ panel: "", chosen: -1, predicting: false });
}

function enlarge() {
  byId("more").open = false;
  const large = document.body.classList.toggle("large");
  byId("projector").setAttribute("aria-pressed", String(large));
  settle();
  render();
}

function paint(theme) {
  document.documentElement.dataset.theme = byId("theme").value = theme;
}

function help() {
  byId("more").open = false;
  if (byId("help").open) byId("help").close();
  else byId("help").showModal();
}

// Keys -----------------------------------------------------------------------------------------------------------------

const forth = () => go(next(1)), back = () => go(next(-1));
const moves = {
  ArrowRight: forth, ArrowDown: forth, PageDown: forth, " ": forth, Enter: forth,
  ArrowLeft: back, ArrowUp: back, PageUp: back, Backspace: back,
  Home: () => go(0), End: () => go(LAST), r: () => go(SEED), a: play,
  i: () => toggle("inputs"), t: () => toggle("table"), m: () => toggle("mistakes"), p: predict,
  d: () => paint(document.documentElement.dataset.theme === "dark" ? "light" : "dark"), b: enlarge,
  "?": help, h: help, Escape: close,
};

function predict() {
  update({ predicting: !state.predicting });
}

// What has the focus keeps the keys that mean something to it.
function kept(event) {
  const { target, key } = event;
  if (byId("help").open && key !== "?" && key !== "h") return true;
  if (target.closest?.("button, summary, select, [type=checkbox], [type=radio]")) {
    return key === " " || key === "Enter" || (!target.closest("button, summary") && key.startsWith("Arrow"));
  }
  if (target === scrubber) return false;
  if (target.matches?.("input[type=range]")) return key.startsWith("Arrow") || key === "Home" || key === "End";
  if (target.id === "answer" && !target.value) return !/^(Arrow|Page|Escape)/.test(key);
  return target.matches?.("input") && !/^(Page|Escape)/.test(key);
}

addEventListener("keydown", (event) => {
  const card = event.target.closest?.("g.card");
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (card && cardKey(event, Number(card.dataset.number))) return event.preventDefault();
  if (!Object.hasOwn(moves, event.key) || kept(event)) return;
  event.preventDefault();
  if (event.key === " " && event.shiftKey) back();
  else moves[event.key]();
});

// On a card Enter writes its chain rule out; an input is changed with +, - and by typing a number.
function cardKey({ key }, node) {
  if (key === "Enter" || key === " ") choose(node);
  else if (!sliderOf.has(node)) return false;
  else if (key === "+" || key === "=") shift(node, 1);
  else if (key === "-") shift(node, -1);
  else if (/^[\d.]$/.test(key)) edit(node, key);
  else return false;
  return true;
}

for (const [id, key] of [["first", "Home"], ["back", "ArrowLeft"], ["forward", "ArrowRight"], ["last", "End"], ["play", "a"],
  ["predict", "p"], ["projector", "b"], ["keys", "?"], ["close", "Escape"]]) {
  byId(id).addEventListener("click", (event) => {
    moves[key]();
    if (event.detail) byId(id).blur(); // after a click with the mouse, the space bar goes forward again
  });
}
for (const button of controls.querySelectorAll("[data-panel]")) {
  button.addEventListener("click", (event) => {
    toggle(button.dataset.panel);
    if (event.detail) button.blur();
  });
}
byId("reset").addEventListener("click", () => update({ values: told.values, descents: [] }));
byId("descend").addEventListener("click", descend);
byId("undo").addEventListener("click", undo);
byId("theme").addEventListener("change", () => paint(byId("theme").value));
byId("print").addEventListener("click", () => print());
scrubber.max = LAST;
byId("turn").firstElementChild.value = SEED;
scrubber.addEventListener("input", () => go(scrubber.valueAsNumber));

// The pointer ----------------------------------------------------------------------------------------------------------

// A click on a card writes its chain rule out, one on an input's number lets another be typed; dragging an input to the side
// changes it.
let held = null;

drawing.addEventListener("pointerdown", (event) => {
  const card = event.target.closest("g.card");
  if (!card || event.button) return;
  const node = Number(card.dataset.number);
  held = { node, x: event.clientX, y: event.clientY, value: state.values[node], id: event.pointerId, dragged: false };
});
drawing.addEventListener("pointermove", (event) => {
  if (!event.buttons) held = null; // it was let go outside
  if (held?.id !== event.pointerId || !sliderOf.has(held.node)) return;
  const across = event.clientX - held.x;
  if (!held.dragged && Math.abs(across) < 5) return;
  if (!held.dragged) drawing.setPointerCapture(event.pointerId);
  held.dragged = true;
  const size = sliderOf.get(held.node).reach / 100;
  setLeaf(held.node, tidy(held.value + Math.round(across / 2) * size, size));
});
drawing.addEventListener("pointerup", (event) => {
  const still = held && !held.dragged && Math.hypot(event.clientX - held.x, event.clientY - held.y) < 10;
  const { node } = held ?? {};
  held = null;
  if (!still || !event.target.closest("g.card")) return;
  if (event.target.closest(".data") && sliderOf.has(node)) edit(node);
  else choose(node);
});
drawing.addEventListener("pointercancel", () => { held = null; });
drawing.addEventListener("wheel", (event) => {
  const node = Number(event.target.closest("g.card.leaf")?.dataset.number ?? -1);
  if (sliderOf.has(node) && !picture.classList.contains("scrolled") && !event.ctrlKey) wheel(event, node);
}, { passive: false });

// A field over a card's number.
const editor = byId("editor");
let editing = -1;

function edit(node, typed) {
  const { data } = cardOf.get(node), box = data.getBoundingClientRect(), frame = picture.getBoundingClientRect();
  editing = node;
  editor.hidden = false;
  editor.value = typed ?? number(state.values[node], 17);
  editor.setAttribute("aria-label", `${told.names[node]} =`);
  const wide = Math.max(90, box.width + 30);
  editor.style.left = `${box.right - frame.left + picture.scrollLeft - wide + 8}px`;
  editor.style.top = `${box.top - frame.top + picture.scrollTop - 4}px`;
  editor.style.width = `${wide}px`;
  editor.style.height = `${box.height + 8}px`;
  editor.style.fontSize = `${box.height * 0.8}px`;
  editor.focus({ preventScroll: true });
  if (!typed) editor.select();
}

function edited(keep) {
  if (editing < 0) return;
  const node = editing;
  editing = -1;
  editor.hidden = true;
  if (keep && Number.isFinite(parsed(editor.value))) setLeaf(node, parsed(editor.value));
  cardOf.get(node).group.focus({ preventScroll: true });
}
editor.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  edited(event.key === "Enter");
});
editor.addEventListener("blur", () => edited(true));

// A swipe is a step. Where the picture scrolls, it is the words that are swiped.
let touched = null;

for (const place of [picture, byId("words")]) {
  place.addEventListener("pointerdown", (event) => {
    const free = event.pointerType === "touch" && event.isPrimary && !event.target.closest("g.card.leaf, input, button");
    const scrolls = place === picture && picture.classList.contains("scrolled");
    touched = free && !scrolls ? { x: event.clientX, y: event.clientY } : null;
  });
  place.addEventListener("pointerup", (event) => {
    const [across, down] = touched ? [event.clientX - touched.x, event.clientY - touched.y].map(Math.abs) : [0, 0];
    if (across > 40 && across > 2 * down) go(next(event.clientX < touched.x ? 1 : -1));
    touched = null;
  });
  place.addEventListener("pointercancel", () => { touched = null; });
}

// The beginning --------------------------------------------------------------------------------------------------------

addEventListener("click", (event) => { if (!event.target.closest("#more")) byId("more").open = false; });
addEventListener("hashchange", () => update({ beat: linked() }));
addEventListener("resize", () => { settle(); render(); });
picture.addEventListener("scroll", () => { look(); drawPicture(moment(state.beat), false, false); });
addEventListener("beforeprint", () => { state.printing = true; render(); });
addEventListener("afterprint", () => { state.printing = false; render(); });

drawing.setAttribute("role", "group"); // an image has no parts to choose
for (const { number, group } of cards) {
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "button");
  group.addEventListener("focus", () => {
    group.setAttribute("aria-label", [...group.querySelectorAll("text")].map((text) => text.textContent).join(" "));
  });
  group.classList.toggle("movable", sliderOf.has(number));
}
byId("fixed").textContent = told.fixed;
byId("moving").hidden = !sliders.length;
byId("theme").value = document.documentElement.dataset.theme;
byId("still").hidden = true;
caption.hidden = controls.hidden = false;
state.beat = linked();
settle();
render();
