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
  const [edge, place, which, element, local, reason, expression] = varying[argument];
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
    reason: why, local, needs };
  return { node, parent, edge, held, f, blanks, sized: sized[which], x: run.v[parent] };
}

// A curve in pieces, and where it breaks: kinks, jumps, poles, and holes, in which it has no value. Where two neighbours do
// not fit each other's slopes, what is between them is halved until one can tell.
function trace(f, low, high, count = 240) {
  const grid = Array.from({ length: count + 1 }, (_, i) => f(low + ((high - low) * i) / count));
  const heights = grid.filter(whole).map(({ y }) => y).sort((a, b) => a - b);
  const middle = (share) => heights[Math.round(share * (heights.length - 1))];
  const largest = Math.abs(middle(0)) + Math.abs(middle(1));
  const tall = Math.max(middle(0.95) - middle(0.05), 1e-9 * largest) || 1; // and not the noise of rounding
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
      const m = f((p.x + q.x) / 2);
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

// Which part of the axis is shown: where the curve does something, and the point with room about it.
function breadth({ f, sized }, x) {
  const flat = (r) => Math.max(Math.abs(f(r).slope), Math.abs(f(-r).slope)) < told.curves.saturated;
  const bounded = sized && [1, -1].every((s) => flat(1e3) && flat(1e6) && Math.abs(f(s * 1e6).y - f(s * 1e3).y) < 0.01);
  let radius = sized ? (Math.abs(f(4).y - f(-4).y) > 30 ? 2.5 : 4) : 2.5 * Math.abs(x) || 2, last = 0;
  if (bounded) for (let r = 0.25; r < 40; r += 0.05) if (!flat(r)) last = r;
  if (last) radius = 1.7 * last;
  let [low, high] = sized && Math.abs(x) > (last ? 10 : 2) * radius ? [x - radius, x + radius]
    : [-1, 1].map((s) => s * Math.max(radius, 1.35 * Math.abs(x)));
  if (whole(f(x))) {
    const { holes } = trace(f, low, high), before = holes.find(([from, to]) => from === low && to <= x);
    const after = holes.find(([from, to]) => to === high && from >= x);
    const start = before?.[1] ?? low, end = after?.[0] ?? high, margin = 0.15 * (end - start);
    [low, high] = [before ? start - margin : low, after ? end + margin : high];
  }
  const [from, to] = [low, high].map((end) => x + (end - x) * state.zoom).map((end) => Math.max(-8e307, Math.min(8e307, end)));
  return { low: from, high: to, saturates: last > 0 };
}

function framed(curve, x) {
  const key = [curve.node, state.argument, state.zoom].join(), room = 0.04 * (frame.high - frame.low);
  const same = frame.key === key && (pulled || (x > frame.low + room && x < frame.high - room));
  if (same && (pulled || frame.held === curve.held)) return;
  if (!same) frame = { key, ...breadth(curve, Number.isFinite(x) ? x : 0) };
  frame.held = curve.held;
  frame.step = rounded(0.115 * (frame.high - frame.low), [8, 6, 5, 4, 3, 2, 1]);
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
  Object.assign(frame, { bottom: bottom - margin, top: top + margin });
}

// What the curve does along a step: which of told.curves.gaps is said.
function gapOf({ f, blanks }, { p, to, near, step, product, rise }) {
  const [left, right] = near, size = Math.max(Math.abs(left.slope), Math.abs(right.slope));
  if (!Number.isFinite(p.slope)) return "vertical";
  if (whole(left) && whole(right)) {
    if (Math.abs(right.y - left.y) > 1e-3 * (Math.abs(p.y) + Math.abs(left.y) + Math.abs(right.y))
      && Math.abs(right.y - left.y) > 100 * size * (right.x - left.x)) return "jump here";
    if (Math.abs(right.slope - left.slope) > 1e-3 * size) return "kink here";
  }
  if (!whole(to)) return Number.isNaN(to.y) ? "outside" : "large";
  const way = trace(f, Math.min(p.x, to.x), Math.max(p.x, to.x), 60);
  if (way.holes.length || way.poles.length) return blanks.needs ? "pole" : "large";
  if (way.jumps.length) return "jump";
  if (way.kinks.length) return "kink";
  if (rise === 0 && product === 0) return "level";
  const same = [to, f(p.x + step / 3)].every(({ slope }) => Math.abs(slope - p.slope) <= 1e-12 * Math.abs(p.slope));
  const least = 1e-12 * Math.max(Math.abs(p.y), Math.abs(to.y), Math.abs(product));
  return same && Math.abs(rise - product) <= least ? "straight" : "bends";
}

// The numbers of the lens among those of the page: given ones, and what is computed from these.
const lensed = [];
told.numbers.forEach(([kind, ...of], k) => {
  if (kind === "curve" || (/^(?:[-+*/]|neg)$/.test(kind) && of.some((one) => lensed.includes(one)))) lensed.push(k);
});

function supply(given) {
  for (const k of lensed) {
    const [kind, i, j] = told.numbers[k], { x } = run;
    x[k] = kind === "curve" ? given[i] : kind === "*" ? x[i] * x[j] : kind === "neg" ? -x[i] : kind === "-" ? x[i] - x[j]
      : x[i] + x[j];
  }
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
  supply([curve.x, today.y, today.slope]);
  const wire = written(told.curves.signs.wire, { run, blanks: curve.blanks });
  supply([x, p.y, p.slope, step, seen.rise, near[0].slope, near[1].slope]);
  curve.blanks.gap = told.curves.gaps[gap];
  if (shownCurve) Object.assign(shownCurve.blanks, curve.blanks); // which the sentence holds
  shownCurve = { ...curve, ...seen, gap, wire, blanks: shownCurve?.blanks ?? curve.blanks };
}

before.push(measure);

tellers.push(() => {
  if (!curved()) return null;
  if (!shownCurve) measure();
  const kind = Number.isNaN(state.tried) ? "usual" : "tried";
  return { lines: [...told.curves.lines[kind], [[[[["_", "gap"]], ""]]]], whole: told.curves.whole[kind],
    blanks: shownCurve.blanks };
});

// The picture ----------------------------------------------------------------------------------------------------------

function shape(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawCurve(now) {
  glass.hidden = !curved();
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
}

function ticks(low, high, size, unit) {
  const wanted = ((high - low) * unit) / size, power = 10 ** Math.floor(Math.log10(wanted));
  const by = [1, 2, 5, 10].find((times) => times * power >= wanted) * power;
  return Array.from({ length: Math.floor(high / by) - Math.ceil(low / by) + 1 },
    (_, i) => tidy((Math.ceil(low / by) + i) * by, by)).filter(Number.isFinite);
}

function drawPlane(curve) {
  const { f, known, p, to, near, step, product, gap, blanks } = curve, { low, high, bottom, top } = frame;
  const wide = plane.clientWidth, tall = plane.clientHeight, u = Math.max(14, 0.032 * innerHeight);
  const box = { left: 2.9 * u, right: wide - 3, top: 3, bottom: tall - 3 };
  if (wide < 8 * u || tall < 4 * u) return; // nowhere to draw, as in a window that is not shown
  const X = (x) => box.left + Math.max(-9, Math.min(9, (x - low) / (high - low))) * (box.right - box.left);
  const Y = (y) => box.bottom - Math.max(-9, Math.min(9, (y - bottom) / (top - bottom))) * (box.bottom - box.top);
  const drawn = [], over = [], taken = [], points = [];
  const line = (kind, x1, y1, x2, y2) => drawn.push(shape("line", { class: kind, x1, y1, x2, y2 }));
  // A text stands where it covers least of the others and of the curve.
  const label = (texts, kind, spots, size = u) => {
    const long = Math.max(...texts.map(width)) * size;
    const [best] = spots.map(([x, y, anchor = "start"], i) => {
      const from = x - (anchor === "end" ? long : anchor === "middle" ? long / 2 : 0);
      const left = Math.max(kind === "tick" ? 2 : box.left - u, Math.min(wide - 2 - long, from));
      const at = { left, right: left + long, top: y - 0.8 * size, bottom: y + (1.2 * texts.length - 0.95) * size };
      const covers = (one) => one.left < at.right + 4 && one.right > at.left - 4 && one.top < at.bottom && one.bottom > at.top;
      const out = Math.max(0, box.top - at.top, at.bottom - tall) + Math.abs(left - from) / 2;
      return { x: x + left - from, y, anchor, at, cost: 0.4 * i + 9 * out + 60 * taken.filter(covers).length
        + points.filter(([a, b]) => covers({ left: a, right: a, top: b, bottom: b })).length };
    }).sort((one, other) => one.cost - other.cost);
    if (kind === "tick" && best.cost >= 60) return;
    taken.push(best.at);
    texts.forEach((text, i) => over.push(shape("text",
      { class: kind, x: best.x, y: best.y + 1.2 * i * size, "text-anchor": best.anchor, "font-size": size }, text)));
  };
  // Spots around a point, the nearest first.
  const around = (x, y) => [0.6, 1.4, 2.4, 3.6].flatMap((far) => [y + (far + 0.7) * u, y - far * u])
    .flatMap((at) => [[x, at, "middle"], [x + 0.6 * u, at], [x - 0.6 * u, at, "end"]]);
  const between = (from, to, count) => Array.from({ length: count + 1 }, (_, k) => from + ((to - from) * k) / count);
  const covered = (x1, y1, x2, y2, count = 20) => {
    const heights = between(y1, y2, count);
    between(x1, x2, count).forEach((x, k) => points.push([x, heights[k]]));
  };
  const { lines, poles, holes, grid } = trace(f, low, high), clip = { "clip-path": "url(#curve-box)" };
  plane.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
  for (const [name, value] of [["x", box.left], ["y", box.top], ["width", box.right - box.left],
    ["height", box.bottom - box.top]]) {
    for (const part of plane.querySelectorAll(".box")) part.setAttribute(name, value);
  }
  const band = (kind, from, end) => {
    const wide = Math.max(0, X(end) - X(from));
    drawn.push(shape("rect", { class: kind, x: X(from), y: box.top, width: wide, height: box.bottom - box.top }));
  };

  const bands = [];
  if (frame.saturates) {
    const first = grid.findIndex(({ slope }) => Math.abs(slope) >= told.curves.saturated);
    const last = grid.findLastIndex(({ slope }) => Math.abs(slope) >= told.curves.saturated);
    if (first < 0) bands.push([low, high]);
    else bands.push([low, grid[first].x], [grid[last].x, high]);
    bands.forEach(([from, end]) => band("flat", from, end));
  }
  holes.forEach(([from, end]) => band("hole", from, end));
  const axis = Math.max(box.top, Math.min(box.bottom, Y(0))), upright = Math.max(box.left, Math.min(box.right, X(0)));
  for (const y of ticks(bottom, top, box.bottom - box.top, 2.2 * u)) {
    line(y ? "rule" : "axis", box.left, Y(y), box.right, Y(y));
    taken.push({ left: 0, right: box.left - 0.4 * u, top: Y(y) - 0.4 * u, bottom: Y(y) + 0.5 * u });
    over.push(shape("text",
      { class: "tick", x: box.left - 0.4 * u, y: Math.max(0.8 * u, Math.min(tall - 0.1 * u, Y(y) + 0.35 * u)),
      "text-anchor": "end", "font-size": 0.95 * u }, number(y)));
  }
  if (low < 0 && high > 0) line("axis", X(0), box.top, X(0), box.bottom);
  for (const x of poles) line("pole", X(x), box.top, X(x), box.bottom);

  const point = ({ x, y }) => `${X(x).toFixed(1)} ${Y(y).toFixed(1)}`;
  const path = lines.map((some) => `M${some.map(point).join("L")}`).join("");
  for (const one of lines.flat()) points.push([X(one.x), Y(one.y)]);
  drawn.push(shape("path", { class: "line", d: path, ...clip }));
  const there = known && whole(p), reach = 0.3 * (high - low), tangent = (kind, slope, from, end) => {
    const [x1, x2] = [p.x + from, p.x + end], steep = Number.isFinite(slope) ? 0 : 9 * tall;
    const [y1, y2] = [steep ? Y(p.y) + steep : Y(p.y + slope * from), steep ? Y(p.y) - steep : Y(p.y + slope * end)];
    drawn.push(shape("line", { class: kind, x1: steep ? X(p.x) : X(x1), y1, x2: steep ? X(p.x) : X(x2), y2, ...clip }));
    covered(X(x1), y1, X(x2), y2, 40);
  };
  const ends = [X(p.x), Y(p.y), X(p.x + step), Y(p.y + product)], across = Math.sign(step);
  if (there) {
    if (gap === "kink here") {
      tangent("side", near[0].slope, -reach, 0);
      tangent("side", near[1].slope, 0, reach);
    }
    tangent("tangent", p.slope, Math.min(-reach, step), Math.max(reach, step));
    line("drop", ends[0], ends[1], ends[0], axis);
    line("drop", ends[0], ends[1], upright, ends[1]);
    line("dx", ends[0], ends[1], ends[2], ends[1]);
    drawn.push(shape("line", { class: "rise", x1: ends[2], y1: ends[1], x2: ends[2], y2: ends[3], ...clip }));
    if (whole(to) && Math.abs(Y(to.y)) < 2 * tall) {
      line("gap", ends[2], ends[3], ends[2], Y(to.y));
      drawn.push(shape("circle", { class: "true", cx: ends[2], cy: Y(to.y), r: 0.38 * u }));
    }
    for (const [x, y] of [ends, [ends[2], ends[1]], [ends[2], Y(to.y)]]) {
      taken.push({ left: x - 11, right: x + 11, top: y - 11, bottom: y + 11 });
    }
    covered(ends[2], ends[1], ends[2], ends[3]);
    covered(ends[0], ends[1], upright, ends[1], 10);
    covered(ends[0], ends[1], ends[0], axis, 10);
    const below = axis + 1.15 * u < tall ? axis + 1.15 * u : axis - 0.4 * u, side = across > 0 ? "start" : "end";
    label([sign("point")], "data",
      [[ends[0], below, "middle"], [ends[0], axis - 0.5 * u, "middle"], [ends[0] + 8, below], [ends[0] - 8, below, "end"],
      ...around(ends[0], ends[1])]);
    label([sign("height")], "data",
      [[upright - 0.5 * u, ends[1] + 0.35 * u, "end"], [upright + 0.5 * u, ends[1] - 0.4 * u], ...around(ends[0], ends[1])]);
    const beyond = product * across < 0 ? -0.5 * u : 1.2 * u; // on the other side of the step from the tangent
    label([sign("step")], "data",
      [[(ends[0] + ends[2]) / 2, ends[1] + beyond, "middle"], [ends[2], ends[1] + beyond, side], ...around(ends[2], ends[1])]);
    label([sign("product")], "local",
      [[ends[2] + 0.7 * u * across, (ends[1] + ends[3]) / 2 + 0.35 * u, side],
      [ends[2] + 0.7 * u * across, ends[1] - 0.1 * u, side], ...around(ends[2], ends[3]), ...around(ends[2], ends[1])]);
    const along = [-1, -0.8, -0.6, 1, 0.8, 0.6, -0.4, 0.4].map((share) => share * reach)
      .map((far) => [X(p.x + far), Y(p.y + p.slope * far)]).filter(([, y]) => y > box.top + u && y < box.bottom - u);
    const beside = ([x, y]) => [[x - 0.4 * u, y + 0.3 * u, "end"], [x + 0.4 * u, y + 0.3 * u], [x, y - 0.6 * u, "middle"],
      [x, y + 1.2 * u, "middle"]];
    const steep = [[ends[0], box.top + 1.5 * u], [ends[0], box.bottom - 3 * u]];
    label([sign("slope")], "local", (along.length ? along : steep).flatMap(beside));
  } else over.push(shape("circle", { class: "none", cx: X(p.x), cy: axis, r: 0.45 * u }));
  for (const x of ticks(low, high, box.right - box.left, 4.5 * u)) {
    line("notch", X(x), axis - 5, X(x), axis + 5);
    if (x) label([number(x)], "tick", [[X(x), axis + 1.15 * u < tall ? axis + 1.1 * u : axis - 0.5 * u, "middle"]], 0.95 * u);
  }
  const heights = [0.3, 0.7, 0.15, 0.85, 0.5].map((share) => box.top + share * (box.bottom - box.top));
  for (const [from, end] of bands) {
    const middle = (Math.max(low, from) + Math.min(high, end)) / 2, room = X(end) - X(from);
    const fits = Math.min(0.95 * u, room / width(sign("below")));
    if (fits > 0.88 * u) label(["saturated", "below"].map(sign), "dim", heights.map((y) => [X(middle), y, "middle"]), fits);
  }
  for (const [from, end] of holes) {
    if (blanks.needs) label([blanks.needs], "note",
      heights.map((y) => (from === low ? [box.left + 8, y] : end === high ? [box.right - 8, y, "end"]
      : [(X(from) + X(end)) / 2, y, "middle"])));
  }
  traced.replaceChildren(...drawn, ...over);
  const tried = !Number.isNaN(state.tried);
  plane.classList.toggle("tried", tried);
  pointHandle.setAttribute("transform", `translate(${X(p.x)} ${there ? Y(p.y) : axis}) scale(${u / 23})`);
  stepHandle.setAttribute("transform", `translate(${ends[2]} ${there ? ends[1] : axis}) scale(${u / 23})`);
  for (const [handle, value, text] of [[pointHandle, p.x, sign("point")], [stepHandle, step, sign("step")]]) {
    for (const [name, x] of [["now", value], ["min", handle === pointHandle ? low : low - high],
      ["max", handle === pointHandle ? high : high - low]]) handle.setAttribute(`aria-value${name}`, x);
    handle.setAttribute("aria-valuetext", spelled(text));
  }
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

const places = (event) => {
  const { left, width } = plane.getBoundingClientRect(), start = 2.9 * Math.max(14, 0.032 * innerHeight);
  return frame.low + ((event.clientX - left - start) / (width - 3 - start)) * (frame.high - frame.low);
};
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
    const name = told.names[state.curve];
    const alone = told.names.indexOf(name) === told.names.lastIndexOf(name) && !/^\d|@/.test(name);
    return (alone ? name : String(state.curve)) + (state.argument ? `@${state.argument + 1}` : "");
  },
  set: (text) => {
    const [name, which = 1] = text.split("@"), node = /^\d+$/.test(name) ? Number(name) : told.names.indexOf(name);
    caption.dataset.key = "";
    if (hasCurve(node)) Object.assign(state,
      { scene: "curve", curve: node, argument: told.curves.nodes[node][2][which - 1] ? which - 1 : 0, step: 0, zoom: 1,
      tried: NaN });
    else if (state.scene === "curve") state.scene = "";
  },
});
