// The lens of an operation: its curve through today's point, the tangent, and a step on it.

// `curves` has a function of each operation; told.curves says which one is a node's, and what is said of it.
const glass = byId("curve"), plane = glass.querySelector(".plane"), traced = plane.querySelector(".traced");
const stepHandle = plane.querySelector(".step"), pointHandle = plane.querySelector(".point"), stepField = byId("curve-step");
Object.assign(state, { curve: -1, argument: 0, step: 0, zoom: 1, tried: NaN }); // a value tried out comes and goes with a drag
let shownCurve = null, frame = {}, pulled = null; // what is seen of the plane stays where it is while the point moves in it

const hasCurve = (node) => !taken.has("curve") && Object.hasOwn(told.curves.nodes, node);
const curved = () => state.scene === "curve" && hasCurve(state.curve);
const whole = (p) => Number.isFinite(p.y);

// A node as a function of one argument, the others held at their values.
function curveOf(node, argument) {
  const [form, given, varying] = told.curves.nodes[node];
  const [edge, place, which, element, local, reason, formula, expression] = varying[argument];
  const at = given.map((one) => (Array.isArray(one) ? Number(one[0]) : run.v[one])), [needs, sized] = told.curves.forms[form];
  const parent = told.edges[edge][2], held = at.with(place, 0).join();
  const f = (x) => {
    at[place] = x;
    const found = curves[form](at, element);
    return { x, y: found[0], slope: found[1 + which] };
  };
  const [y, x] = [node, parent].map((one) => told.curves.operands[one] ?? told.names[one]);
  const why = typeof reason === "number" ? told.forward[computedAt.get(node) - 1].reasons[reason] : reason;
  const blanks = { name: told.names[node], parent: told.names[parent], y, x, expression: expression ?? told.expressions[node],
    reason: why, local, needs, formula: typeof formula === "number" ? told.names[formula] : formula };
  return { node, parent, edge, held, f, blanks, sized: sized[which], x: run.v[parent] };
}

// A curve in pieces, and where it breaks: kinks, jumps, poles, and holes, in which it has no value. Where two neighbours do
// not fit each other's slopes, what is between them is halved until one can tell.
function trace(f, low, high, count = 240) {
  const grid = Array.from({ length: count + 1 }, (_, i) => f(low + (high - low) * (i / count)));
  const heights = grid.filter(whole).map(({ y }) => y).sort((a, b) => a - b);
  const middle = (share) => heights[Math.round(share * (heights.length - 1))];
  const largest = Math.abs(middle(0)) + Math.abs(middle(1));
  const tall = Math.min(Math.max(middle(0.95) - middle(0.05), 1e-9 * largest), 1e300) || 1; // and not the noise of rounding
  const found = { lines: [], kinks: [], jumps: [], poles: [], holes: [], grid, heights, tall };
  const off = (p, q) => Math.max(Math.abs(q.y - p.y - ((q.x - p.x) * (p.slope + q.slope)) / 2),
    Math.abs((q.x - p.x) * (q.slope - p.slope)) / 8) / tall;
  let hole = whole(grid[0]) ? null : low;
  if (hole === null) found.lines.push([grid[0]]);
  const ends = (p) => {
    found.lines.at(-1).push(p);
    hole = p.x;
  };
  const begins = (q) => {
    const from = hole, wide = q.x - from > 1e-6 * (high - low);
    if (wide) found.holes.push([from, q.x]);
    else found.poles.push(q.x);
    hole = null;
    found.lines.push([q]);
  };
  const far = (p, q) => Math.abs(q.y - p.y) > 1e-4 * tall;
  const bent = (p, q) => Math.abs(q.slope - p.slope) * (high - low) > 1e-3 * tall;
  const join = (p, q) => {
    const apart = whole(p) !== whole(q);
    let rough = apart || (whole(p) && !(off(p, q) < 2e-4));
    while (rough && q.x - p.x > 1e-13 * (high - low)) {
      const m = f(p.x + (q.x - p.x) / 2);
      if (m.x === p.x || m.x === q.x) break;
      if (!apart && !whole(m)) return [[p, m], [m, q]].forEach((pair) => join(...pair));
      if (apart ? whole(m) === whole(p) : !(off(p, m) > off(m, q))) {
        if (whole(m)) found.lines.at(-1).push(m);
        p = m;
      } else q = m;
      rough = apart || far(p, q) || bent(p, q);
    }
    if (apart) (whole(p) ? ends(p) : begins(q));
    else if (rough && far(p, q)) {
      found[Math.max(Math.abs(p.y), Math.abs(q.y)) > 1e4 * Math.max(tall, Math.abs(middle(0.5))) ? "poles" : "jumps"].push(q.x);
      found.lines.at(-1).push(p);
      found.lines.push([q]);
    } else if (rough && Number.isFinite(p.slope) && Number.isFinite(q.slope)) {
      found.kinks.push(q.x);
      found.lines.at(-1).push(p);
    }
  };
  grid.slice(1).forEach((q, i) => {
    join(grid[i], q);
    if (whole(q)) found.lines.at(-1).push(q);
  });
  if (hole !== null) found.holes.push([hole, high]);
  return found;
}

// 1, 2 or 5 times a power of ten, or another of these, not above a number.
function rounded(x, among = [5, 2, 1]) {
  const power = 10 ** Math.floor(Math.log10(x));
  return tidy(among.find((times) => times * power <= x * 1.0001) * power, power);
}

// Two ends on either side of a number, not so far from it that their distance is above the largest float.
const clamped = (x, most) => Math.max(-most, Math.min(most, x));
const within = (x, ...ends) => ends.map((end) => clamped(x + clamped(end - x, 7e307), LARGEST));
const LARGEST = Number.MAX_VALUE;

// Which part of the axis is shown: where the curve does something, and the point with room about it.
function breadth({ f, sized }, x) {
  const flat = (r) => Math.max(Math.abs(f(r).slope), Math.abs(f(-r).slope)) < told.curves.saturated;
  const bounded = sized && [1, -1].every((s) => flat(1e3) && flat(1e6) && Math.abs(f(s * 1e6).y - f(s * 1e3).y) < 0.01);
  let radius = sized ? (Math.abs(f(4).y - f(-4).y) > 30 ? 2.5 : 4) : 2.5 * Math.abs(x) || 2, last = 0;
  if (bounded) for (let r = 0.25; r < 40; r += 0.05) if (!flat(r)) last = r;
  if (last) radius = 1.7 * last;
  const least = Math.max(1e-90, 1e-10 * Math.abs(x)); // a plane no wider has too few numbers in it, or `tidy` makes them 0
  radius = Math.max(radius, least);
  let [low, high] = sized && Math.abs(x) > (last ? 10 : 2) * radius ? [x - radius, x + radius]
    : [-1, 1].map((s) => s * Math.max(radius, 1.35 * Math.abs(x)));
  if (whole(f(x))) {
    const { holes } = trace(f, low, high), before = holes.find(([from, to]) => from === low && to <= x);
    const after = holes.find(([from, to]) => to === high && from >= x);
    const start = before?.[1] ?? low, end = after?.[0] ?? high, margin = 0.15 * (end - start);
    [low, high] = [before ? start - margin : low, after ? end + margin : high];
  }
  [low, high] = [x - Math.max(least, (x - low) * state.zoom), x + Math.max(least, (high - x) * state.zoom)];
  [low, high] = within(x, low, high);
  return { low, high, saturates: last > 0 };
}

function framed(curve, x) {
  const key = [curve.node, state.argument, state.zoom].join(), room = 0.04 * (frame.high - frame.low);
  const same = frame.key === key && (pulled || (x > frame.low + room && x < frame.high - room));
  if (same && (pulled || frame.held === curve.held)) return;
  if (!same) frame = { key, ...breadth(curve, Number.isFinite(x) ? x : 0) };
  frame.held = curve.held;
  frame.step = usualStep(curve, x);
  const { heights, tall } = trace(curve.f, frame.low, frame.high), p = curve.f(x), step = state.step || frame.step;
  let [bottom, top] = [heights[0] ?? -1, heights.at(-1) ?? 1];
  if (top - bottom > 3 * tall && heights.length) {
    const at = (share) => heights[Math.round(share * (heights.length - 1))];
    [bottom, top] = [at(0.05) - 0.15 * tall, at(0.95) + 0.15 * tall];
  }
  if (top - bottom < 1e-6 * Math.abs(top)) [bottom, top] = [bottom - 0.1 * Math.abs(top), top + 0.1 * Math.abs(top)];
  const span = top - bottom || 1;
  for (const y of [p.y, p.y + p.slope * step, curve.f(x + step).y, 0]) {
    if (y > bottom - (y ? 1.2 : 0.3) * span && y < bottom) bottom = y;
    if (y < top + (y ? 1.2 : 0.3) * span && y > top) top = y;
  }
  const margin = top > bottom ? 0.13 * (top - bottom) : span;
  [frame.bottom, frame.top] = within(whole(p) ? p.y : 0, bottom - margin, top + margin);
}

// The step that a plane opens with: a round part of its width; with a corner or a jump not far ahead, as far again beyond it.
function usualStep({ f }, x) {
  const wide = frame.high - frame.low, among = [8, 6, 5, 4, 3, 2, 1], usual = rounded(0.115 * wide, among);
  if (!whole(f(x))) return usual;
  const ahead = trace(f, x, Math.min(x + 3 * usual, frame.high), 60), [first] = [...ahead.kinks, ...ahead.jumps].sort((a, b) => a - b);
  const far = first - x;
  return far > 1e-6 * wide && far > 0.6 * usual ? rounded(2.2 * far, [8, 6, 5, 4, 3, 2, 1.5, 1]) : usual;
}

// What the curve does along a step: which of told.curves.gaps is said.
function gapOf({ f, blanks, sized }, { p, to, near, step, product, rise }) {
  const [left, right] = near, size = Math.max(Math.abs(left.slope), Math.abs(right.slope));
  const valueless = (q) => (Number.isNaN(q.y) && blanks.needs ? "outside" : "large");
  if (!whole(p)) return valueless(p);
  if (!Number.isFinite(p.slope)) return "vertical";
  if (whole(left) && whole(right) && !(sized && Math.abs(p.x) > 1e9)) { // so far out its neighbours are too far from it
    if (Math.abs(right.y - left.y) > 1e-3 * (Math.abs(p.y) + Math.abs(left.y) + Math.abs(right.y))
      && Math.abs(right.y - left.y) > 100 * size * (right.x - left.x)) return "jump here";
    if (Math.abs(right.slope - left.slope) > 1e-3 * size) return "kink here";
  }
  if (!whole(to)) return valueless(to);
  const way = trace(f, Math.min(p.x, to.x), Math.max(p.x, to.x), 60);
  if (way.poles.length || way.holes.length) {
    const outside = ([from, end]) => [...way.grid, f(from + (end - from) / 2)]
      .some((at) => at.x >= from && at.x <= end && Number.isNaN(at.y));
    return blanks.needs && (way.poles.length || way.holes.some(outside)) ? "pole" : "large";
  }
  if (way.jumps.length) return "jump";
  if (way.kinks.length) return "kink";
  if (rise === 0 && product === 0) return "level";
  const same = [to, f(p.x + step / 3)].every(({ slope }) => Math.abs(slope - p.slope) <= 1e-12 * Math.abs(p.slope));
  const least = 1e-12 * Math.max(Math.abs(p.y), Math.abs(to.y), Math.abs(product));
  return same && Math.abs(rise - product) <= least ? "straight" : "bends";
}

// Finds everything that is drawn and said; comes before all that speaks of it.
function measure() {
  if (!curved()) return;
  const curve = curveOf(state.curve, state.argument), known = Number.isFinite(curve.x);
  const x = Number.isNaN(state.tried) ? curve.x || 0 : state.tried;
  framed(curve, x);
  const step = state.step || frame.step, p = curve.f(x), to = curve.f(x + step), product = p.slope * step;
  const e = 1e-6 * (frame.high - frame.low);
  const near = [curve.f(x - e), curve.f(x + e)], seen = { known, p, to, near, step, product, rise: to.y - p.y };
  const gap = gapOf(curve, seen);
  if (gap === "straight") seen.rise = product;
  const today = curve.f(curve.x);
  resupply("curve", [curve.x, today.y, today.slope]);
  const wire = written(told.curves.signs.wire, { run, blanks: curve.blanks });
  resupply("curve", [x, p.y, p.slope, step, seen.rise, near[0].slope, near[1].slope]);
  curve.blanks.gap = told.curves.gaps[gap];
  if (shownCurve) Object.assign(shownCurve.blanks, curve.blanks); // which the sentence holds
  shownCurve = { ...curve, ...seen, gap, wire, blanks: shownCurve?.blanks ?? curve.blanks };
}

before.push(measure);

tellers.unshift(() => { // before that of a unit, in which the curve is seen
  if (!curved()) return null;
  if (!shownCurve) measure();
  const kind = Number.isNaN(state.tried) ? "usual" : "tried";
  return { lines: [...told.curves.lines[kind], [[[[["_", "gap"]], ""]]]], whole: told.curves.whole[kind],
    blanks: shownCurve.blanks };
});

// The picture ----------------------------------------------------------------------------------------------------------

function drawCurve(now) {
  glass.hidden = !curved();
  byId("stage").classList.toggle("in-curve", curved());
  if (!curved()) return;
  drawEnds(now, shownCurve);
  drawHead(shownCurve);
  drawPlane(shownCurve);
}
drawers.push(drawCurve);

const sign = (name) => written(told.curves.signs[name], { run, blanks: shownCurve.blanks });

function drawEnds(now, { node, parent, edge, wire }) {
  [parent, node].forEach((number, i) => {
    const end = glass.querySelectorAll(".end")[i];
    const [title, data, grad] = ["bdi", ".data", ".grad"].map((part) => end.querySelector(part));
    const latest = now.forward ? null : gradOf(number, now.swept, 0), born = (computedAt.get(number) ?? 0) <= now.computed;
    put(title, i ? sign("title") : told.names[number]);
    put(data, born ? written(told.data[number], { run }) : told.words.dash);
    put(grad, latest?.text ?? told.words.dash);
    end.classList.toggle("leaf", !computedAt.has(number));
  });
  const at = comes(edge, now);
  const local = together(wire, SIDES).replaceAll("-", "\u2060-\u2060"); // 1e-14 is one number
  const beside = [["grad", at <= now.swept ? contributionOf(edge, at) : ""], ["local", local]];
  for (const [kind, text] of beside) {
    const line = glass.querySelector(`.between .${kind}`);
    const [longest] = text.split(" ").sort((one, other) => width(other) - width(one));
    put(line, text);
    fit(line, longest, 0.032 * innerHeight, line.clientWidth);
  }
}

function drawHead({ node }) {
  const choices = byId("curve-by"), [, , varying] = told.curves.nodes[node];
  put(glass.querySelector("h2"), sign("title"));
  if (put(choices, `${node}`)) {
    choices.replaceChildren(...varying.map(([edge], i) => make("option", { value: i }, told.names[told.edges[edge][2]])));
  }
  choices.value = state.argument;
  choices.closest("label").hidden = varying.length < 2;
  put(byId("curve-dx"), written(["d", ["_", "x"]], { run, blanks: shownCurve.blanks }));
  if (document.activeElement !== stepField) stepField.value = number(shownCurve.step);
  const derivative = glass.querySelector(".row .local"), text = sign("derivative"), usual = Math.max(14, 0.032 * innerHeight);
  put(derivative, text);
  const size = derivative.clientWidth / width(text);
  derivative.style.fontSize = size < usual ? `${size}px` : "";
  derivative.style.visibility = size < 0.88 * usual ? "hidden" : ""; // too small to be read; the sentence has it
}

function ticks(low, high, size, unit) {
  const wanted = (high - low) * (unit / size), power = 10 ** Math.floor(Math.log10(wanted));
  const by = [1, 2, 5, 10].find((times) => times * power >= wanted) * power;
  return Array.from({ length: Math.floor(high / by) - Math.ceil(low / by) + 1 },
    (_, i) => tidy((Math.ceil(low / by) + i) * by, by)).filter(Number.isFinite);
}

// The plane ------------------------------------------------------------------------------------------------------------

// What is seen of the plane at the moment, laid out: a box in pixels, and where a point of the plane stands in it.
let sheet = null;
const RIM = 3, LEFT = 2.9; // pixels beside the box, and at its left the numbers of the axis, in sizes of a letter

function layOut() {
  const wide = plane.clientWidth, tall = plane.clientHeight, u = Math.max(14, 0.032 * innerHeight);
  if (wide < 8 * u || tall < 4 * u) return null; // nowhere to draw, as in a window that is not shown
  const { low, high, bottom, top } = frame, marks = ticks(bottom, top, tall - 2 * RIM, 2.2 * u);
  const longest = Math.max(...marks.map((y) => width(number(y)))) * 0.95 * u;
  const box = { left: Math.max(LEFT * u, Math.min(wide / 3, longest + 0.7 * u)), right: wide - RIM, top: RIM, bottom: tall - RIM };
  const X = (x) => box.left + clamped((x - low) / (high - low), 9) * (box.right - box.left);
  const Y = (y) => box.bottom - clamped((y - bottom) / (top - bottom), 9) * (box.bottom - box.top);
  const axis = Math.max(box.top, Math.min(box.bottom, Y(0))), upright = Math.max(box.left, Math.min(box.right, X(0)));
  return { low, high, wide, tall, u, box, X, Y, marks, axis, upright, drawn: [], over: [], taken: [], points: [], shut: [], hollow: [] };
}

// Where a pointer is on the axis.
function places({ clientX }) {
  const { box, low, high } = sheet;
  return low + ((clientX - plane.getBoundingClientRect().left - box.left) / (box.right - box.left)) * (high - low);
}

const CLIP = { "clip-path": "url(#curve-box)" };
const line = (kind, x1, y1, x2, y2, more = {}) => sheet.drawn.push(svgMake("line", { class: kind, x1, y1, x2, y2, ...more }));

function band(kind, from, end) {
  const { X, box, drawn } = sheet, [left, right] = [X(from), X(end)].map((x) => Math.max(box.left, Math.min(box.right, x)));
  drawn.push(svgMake("rect", { class: kind, x: left, y: box.top, width: right - left, height: box.bottom - box.top }));
  return { left, right, top: box.top, bottom: box.bottom };
}

// Says that there is a line, which texts keep clear of.
function covered(x1, y1, x2, y2, count = 20) {
  for (let k = 0; k <= count; k++) sheet.points.push([x1 + ((x2 - x1) * k) / count, y1 + ((y2 - y1) * k) / count]);
}

// A text stands where it covers least of the others and of the curve, and not where the curve has no value.
function label(texts, kind, spots, size = sheet.u) {
  const { box, wide, tall, u, taken, points, shut, over } = sheet, long = Math.max(...texts.map(width)) * size;
  const [best] = spots.map(([x, y, anchor = "start"], i) => {
    const from = x - (anchor === "end" ? long : anchor === "middle" ? long / 2 : 0);
    const left = Math.max(kind === "tick" ? 2 : box.left - u, Math.min(wide - 2 - long, from));
    const at = { left, right: left + long, top: y - 0.8 * size, bottom: y + (1.2 * texts.length - 0.95) * size };
    const covers = (one) => one.left < at.right + 4 && one.right > at.left - 4 && one.top < at.bottom && one.bottom > at.top;
    const out = Math.max(0, box.top - at.top, at.bottom - tall) + Math.abs(left - from) / 2;
    return { x: x + left - from, y, anchor, at, cost: 0.4 * i + 9 * out + 60 * taken.filter(covers).length
      + (/tick|note/.test(kind) ? 0 : 40 * shut.filter(covers).length)
      + points.filter(([a, b]) => covers({ left: a, right: a, top: b, bottom: b })).length };
  }).sort((one, other) => one.cost - other.cost);
  if (kind === "tick" && best.cost >= 60) return;
  taken.push(best.at);
  texts.forEach((text, i) => over.push(svgMake("text",
    { class: kind, x: best.x, y: best.y + 1.2 * i * size, "text-anchor": best.anchor, "font-size": size }, text)));
}

// Spots around a point, the nearest first.
const around = (x, y) => [0.6, 1.4, 2.4, 3.6].flatMap((far) => [y + (far + 0.7) * sheet.u, y - far * sheet.u])
  .flatMap((at) => [[x, at, "middle"], [x + 0.6 * sheet.u, at], [x - 0.6 * sheet.u, at, "end"]]);

// Behind the curve: where it is flat, where it has no value, the numbers at the left, the axes and the poles.
function drawGround({ poles, holes, grid }) {
  const { low, high, tall, u, box, X, Y, marks, axis, upright, taken, over } = sheet, flats = [];
  for (const part of plane.querySelectorAll(".box")) {
    for (const [name, value] of [["x", box.left], ["y", box.top], ["width", box.right - box.left],
      ["height", box.bottom - box.top]]) part.setAttribute(name, value);
  }
  if (frame.saturates) {
    const steep = ({ slope }) => Math.abs(slope) >= told.curves.saturated;
    const first = grid.findIndex(steep), last = grid.findLastIndex(steep);
    flats.push(...(first < 0 ? [[low, high]] : [[low, grid[first].x], [grid[last].x, high]]).map((ends) => band("flat", ...ends)));
  }
  sheet.shut = holes.map((ends) => band("hole", ...ends));
  for (const y of marks) {
    line(y ? "rule" : "axis", box.left, Y(y), box.right, Y(y));
    taken.push({ left: 0, right: box.left - 0.4 * u, top: Y(y) - 0.4 * u, bottom: Y(y) + 0.5 * u });
    over.push(svgMake("text", { class: "tick", x: box.left - 0.4 * u, y: Math.max(0.8 * u, Math.min(tall - 0.1 * u, Y(y) + 0.35 * u)),
      "text-anchor": "end", "font-size": 0.95 * u }, number(y)));
  }
  covered(box.left, axis, box.right, axis, 60);
  if (low < 0 && high > 0) line("axis", upright, box.top, upright, box.bottom);
  for (const x of poles) line("pole", X(x), box.top, X(x), box.bottom);
  return flats;
}

function drawLine({ lines }) {
  const { X, Y, drawn, points } = sheet, point = ({ x, y }) => `${X(x).toFixed(1)} ${Y(y).toFixed(1)}`;
  drawn.push(svgMake("path", { class: "line", d: lines.map((some) => `M${some.map(point).join("L")}`).join(""), ...CLIP }));
  for (const one of lines.flat()) points.push([X(one.x), Y(one.y)]);
}

// A straight line through the point, as far to either side of it.
function tangent(kind, { x, y }, slope, from, end) {
  const { X, Y, tall } = sheet, far = 9 * tall, upright = !Number.isFinite(slope);
  const ends = upright ? [X(x), Y(y) + far, X(x), Y(y) - far]
    : [X(x + from), Y(y + slope * from), X(x + end), Y(y + slope * end)];
  line(kind, ...ends, CLIP);
  covered(...ends, 40);
}

// The tangent, the step along the axis, and what the tangent and the curve do on it; [today's point, the end of the step].
function drawStep({ p, to, near: sides, step, product, gap }) {
  const { low, high, tall, u, X, Y, axis, upright, taken, hollow } = sheet, reach = 0.3 * (high - low);
  const [x, y, end] = [X(p.x), Y(p.y), X(p.x + step)], rise = Number.isNaN(product) ? y : Y(p.y + product);
  if (gap === "kink here") {
    tangent("side", p, sides[0].slope, -reach, 0);
    tangent("side", p, sides[1].slope, 0, reach);
  }
  tangent("tangent", p, p.slope, Math.min(-reach, step), Math.max(reach, step));
  line("drop", x, y, x, axis);
  line("drop", x, y, upright, y);
  line("dx", x, y, end, y);
  line("rise", end, y, end, rise, CLIP);
  if (whole(to) && Math.abs(Y(to.y)) < 2 * tall) {
    line("gap", end, rise, end, Y(to.y));
    hollow.push(svgMake("circle", { class: "true", cx: end, cy: Y(to.y), r: 0.38 * u }));
  }
  for (const [cx, cy] of [[x, y], [end, y], ...(whole(to) ? [[end, Y(to.y)]] : [])]) {
    taken.push({ left: cx - 11, right: cx + 11, top: cy - 11, bottom: cy + 11 });
  }
  covered(end, y, end, rise);
  covered(x, y, upright, y, 10);
  covered(x, y, x, axis, 10);
  return { x, y, end, rise, reach };
}

function nameStep({ p, step, product }, { x, y, end, rise, reach }) {
  const { tall, u, box, X, Y, axis, upright } = sheet, across = Math.sign(step), side = across > 0 ? "start" : "end";
  const below = axis + 1.15 * u < tall ? axis + 1.15 * u : axis - 0.4 * u;
  label([sign("point")], "data", [[x, below, "middle"], [x, axis - 0.5 * u, "middle"], [x + 8, below], [x - 8, below, "end"],
    ...around(x, y)]);
  label([sign("height")], "data", [[upright - 0.5 * u, y + 0.35 * u, "end"], [upright + 0.5 * u, y - 0.4 * u], ...around(x, y)]);
  const beyond = y + (product * across < 0 ? -0.5 * u : 1.2 * u); // on the other side of the step from the tangent
  label([sign("step")], "data", [[(x + end) / 2, beyond, "middle"], [end, beyond, side], ...around(end, y)]);
  const beside = end + 0.7 * u * across;
  label([sign("product")], "local", [[beside, (y + rise) / 2 + 0.35 * u, side], [beside, y - 0.1 * u, side],
    ...around(end, rise), ...around(end, y)]);
  const along = [-1, -0.8, -0.6, 1, 0.8, 0.6, -0.4, 0.4].map((share) => share * reach)
    .map((far) => [X(p.x + far), Y(p.y + p.slope * far)]).filter(([, at]) => at > box.top + u && at < box.bottom - u);
  const upon = along.length ? along : [[x, box.top + 1.5 * u], [x, box.bottom - 3 * u]];
  label([sign("slope")], "local", upon.flatMap(([at, high]) => [[at - 0.4 * u, high + 0.3 * u, "end"],
    [at + 0.4 * u, high + 0.3 * u], [at, high - 0.6 * u, "middle"], [at, high + 1.2 * u, "middle"]]));
}

// The words in which a text is broken so that it has room, or null if one of them has not.
function broken(text, room) {
  const lines = [];
  for (const word of together(text, WHOLE).split(" ")) {
    if (width(word) > room) return null;
    const longer = lines.length ? `${lines.at(-1)} ${word}` : "";
    if (longer && width(longer) <= room) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}

// The numbers below, and what is said of the parts where the curve is flat or has no value.
function nameGround({ needs }, flats) {
  const { low, high, tall, u, box, X, axis, shut } = sheet;
  for (const x of ticks(low, high, box.right - box.left, 4.5 * u)) {
    line("notch", X(x), axis - 5, X(x), axis + 5);
    if (x) label([number(x)], "tick", [[X(x), axis + 1.15 * u < tall ? axis + 1.1 * u : axis - 0.5 * u, "middle"]], 0.95 * u);
  }
  const heights = [0.3, 0.7, 0.15, 0.85, 0.5].map((share) => box.top + share * (box.bottom - box.top));
  const middle = ({ left, right }) => heights.map((y) => [(left + right) / 2, y, "middle"]);
  for (const flat of flats) {
    const size = Math.min(0.95 * u, (flat.right - flat.left) / width(sign("below")));
    if (size > 0.88 * u) label(["saturated", "below"].map(sign), "dim", middle(flat), size);
  }
  if (!needs) return;
  for (const hole of shut) {
    const lines = broken(needs, (hole.right - hole.left - 10) / u);
    if (lines) label(lines, "note", middle(hole));
    else label([needs], "note", heights.map((y) => (hole.left > box.left ? [hole.left - 8, y, "end"] : [hole.right + 8, y])));
  }
}

function placeHandles({ p, step }, { x, y, end }) {
  const { low, high, u } = sheet;
  for (const [handle, left, value, least, most, text] of [
    [pointHandle, x, p.x, low, high, sign("point")], [stepHandle, end, step, low - high, high - low, sign("step")]]) {
    handle.setAttribute("transform", `translate(${left} ${y}) scale(${u / 23})`);
    for (const [name, at] of [["now", value], ["min", least], ["max", most]]) handle.setAttribute(`aria-value${name}`, at);
    handle.setAttribute("aria-valuetext", spelled(text));
  }
}

function drawPlane(curve) {
  const laid = layOut();
  if (!laid) return;
  sheet = laid;
  const { p, step, known, f } = curve, found = trace(f, frame.low, frame.high), { u, X, axis, drawn, over, hollow } = sheet;
  plane.setAttribute("viewBox", `0 0 ${sheet.wide} ${sheet.tall}`);
  const flats = drawGround(found), there = known && whole(p);
  drawLine(found);
  const spots = there ? drawStep(curve) : { x: X(p.x), y: axis, end: X(p.x + step) };
  if (there) nameStep(curve, spots);
  else over.push(svgMake("circle", { class: "none", cx: X(p.x), cy: axis, r: 0.45 * u }));
  nameGround(curve.blanks, flats);
  traced.replaceChildren(...drawn, ...over);
  plane.querySelector(".hollow").replaceChildren(...hollow);
  plane.classList.toggle("tried", !Number.isNaN(state.tried));
  placeHandles(curve, spots);
}

// Moving ---------------------------------------------------------------------------------------------------------------

// What is moved of the lens alone is drawn as an input that moves is.
function see(changes) {
  if ("tried" in changes && Number.isNaN(changes.tried) !== Number.isNaN(state.tried)) caption.dataset.key = "";
  Object.assign(state, changes);
  render(false, true);
}

function openCurve(node, edge = sweepSteps()[moment(state.beat).at]?.edge) {
  const argument = moment(state.beat).forward ? 0 : Math.max(0, told.curves.nodes[node][2].findIndex(([own]) => own === edge));
  caption.dataset.key = "";
  const panel = state.panel === "chain" ? "" : state.panel;
  update({ scene: "curve", curve: node, argument, step: 0, zoom: 1, tried: NaN, chosen: -1, panel });
  byId("more").open = false;
}

function closeCurve() {
  const inside = glass.contains(document.activeElement), { curve } = state;
  caption.dataset.key = "";
  update({ scene: "", tried: NaN });
  if (inside) cardAt(curve)?.group.focus({ preventScroll: true });
}

// What is computed shows its curve, an input its chain rule.
function inspect(node) {
  if (!hasCurve(node)) {
    if (curved()) closeCurve();
    choose(node);
  } else if (curved() && state.curve === node) closeCurve();
  else openCurve(node);
}

const inPlay = () => (curved() ? state.curve : (endsOf(moment(state.beat))[0] ?? told.root));

function writeChain() {
  const node = inPlay();
  if (curved()) closeCurve();
  choose(node);
}

// An input is moved itself; for a value that is computed it is only asked what would be.
function movePoint(x) {
  const size = rounded((frame.high - frame.low) / 400), at = tidy(Math.round(x / size) * size, size);
  if (sliderOf.has(shownCurve.parent)) setLeaf(shownCurve.parent, at);
  else see({ tried: at });
}

function moveStep(step) {
  const size = rounded((frame.high - frame.low) / 200), at = tidy(Math.round(step / size) * size, size);
  if (at) see({ step: at });
}

const vary = (argument) => {
  if (!curved() || !told.curves.nodes[state.curve][2][argument]) return;
  caption.dataset.key = "";
  update({ argument, step: 0, zoom: 1, tried: NaN });
};
const zoom = (by) => curved()
  && see({ zoom: by ? Math.max(1e-3, Math.min(1e3, state.zoom * by)) : 1, step: 0, ...(by ? {} : { tried: NaN }) });

keysOf.curve = "o";
if (!Object.keys(told.curves.nodes).length) for (const key of "o0+-") idleKeys.add(key);
keysOf.chain = "c";
for (const key of "oc") ofGraph.add(key);
Object.assign(moves, {
  o: () => (curved() ? closeCurve() : hasCurve(inPlay()) && openCurve(inPlay())), c: writeChain,
  "+": () => zoom(1 / 1.5), "=": () => zoom(1 / 1.5), "-": () => zoom(1.5), 0: () => zoom(0),
  ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [i + 1, () => vary(i)])),
});

plane.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest(".handle");
  if (!handle || event.button) return;
  pulled = { handle, id: event.pointerId,
    by: places(event) - (handle === pointHandle ? shownCurve.p.x : shownCurve.p.x + shownCurve.step) };
  plane.setPointerCapture(event.pointerId);
});
plane.addEventListener("pointermove", (event) => {
  if (pulled?.id !== event.pointerId) return;
  const x = Math.max(frame.low, Math.min(frame.high, places(event) - pulled.by));
  if (pulled.handle === pointHandle) movePoint(x);
  else moveStep(x - shownCurve.p.x);
});
const letGo = () => {
  if (!pulled) return;
  pulled = null;
  see({ tried: NaN });
};
for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) plane.addEventListener(name, letGo);
plane.addEventListener("wheel", (event) => {
  if (event.ctrlKey) return;
  event.preventDefault();
  zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15);
}, { passive: false });

for (const handle of [pointHandle, stepHandle]) {
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, "+": 1, "-": -1 }[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const far = (by * (event.shiftKey && event.key !== "+" ? 10 : 1) * (frame.high - frame.low)) / 100;
    if (handle === pointHandle) movePoint(shownCurve.p.x + far);
    else moveStep(shownCurve.step + far);
  });
}
pointHandle.addEventListener("blur", () => Number.isNaN(state.tried) || pulled || see({ tried: NaN }));
stepField.addEventListener("change", () => {
  const step = parsed(stepField.value);
  stepField.setAttribute("aria-invalid", String(!Number.isFinite(step)));
  if (step && Number.isFinite(step)) see({ step });
});
byId("curve-by").addEventListener("change", () => vary(Number(byId("curve-by").value)));
byId("curve-chain").addEventListener("click", writeChain);
byId("curve-close").addEventListener("click", closeCurve);
glass.querySelectorAll(".end").forEach((end, i) => end.addEventListener("click",
  () => inspect(i ? shownCurve.node : shownCurve.parent)));

// In the address: the node's name, or its number where that is no name of one alone; and which of several arguments varies.
addressed.set("curve", {
  get: () => {
    if (!curved()) return "";
    const name = typedNames[state.curve];
    const alone = nodeCalled(name) === state.curve && !/^\d|@/.test(name);
    return (alone ? name : String(state.curve)) + (state.argument ? `@${state.argument + 1}` : "");
  },
  set: (text) => {
    const [name, which = 1] = text.split("@"), node = /^\d+$/.test(name) ? Number(name) : nodeCalled(name);
    caption.dataset.key = "";
    if (hasCurve(node)) Object.assign(state,
      { scene: "curve", curve: node, argument: told.curves.nodes[node][2][which - 1] ? which - 1 : 0, step: 0, zoom: 1,
      tried: NaN });
    else if (state.scene === "curve") state.scene = "";
  },
});
