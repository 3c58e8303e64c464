// The pictures of training: the plane of the inputs with the points and what the model makes of it, the units of the network, each
// with what it computes there (from `computeUnits`, which chalkgrad writes from the table of formulas), and the losses so far.

// `scene` tells what changes beside the numbers of `trainer`: { sample, course }.
function picturesOf(facts, trainer, scene) {
  const section = byId("data"), [plane, network, chart] = section.querySelectorAll("canvas");
  const { X, T, v, count, wide, weights } = trainer;

  const [ranges, across, down] = facts.grid, flat = ranges?.length === 2; // no grid of more than two inputs
  const points = ranges ? grid() : X, size = ranges ? across * down : count;
  const found = new Float64Array(facts.kept * size), field = new Float64Array(size);
  const layers = { points: null, tile: document.createElement("canvas"), full: null };
  const legend = [];
  let hues = null, outside = []; // between which numbers a curve lies that is mostly outside the frame

  function grid() {
    const made = new Float64Array(across * down * wide), at = ([low, high], share) => low + (high - low) * share;
    for (let j = 0, k = 0; j < down; j++) {
      for (let i = 0; i < across; i++) {
        made[k++] = at(ranges[0], i / (across - 1));
        if (flat) made[k++] = at(ranges[1], 1 - j / (down - 1));
      }
    }
    return made;
  }

  // Eight steps of colour each way, from the page's own; on the plane paler, so that the points stand out.
  function mixColours() {
    const style = getComputedStyle(document.documentElement), hex = (name) => style.getPropertyValue(`--${name}`).trim();
    const rgb = (name) => [1, 3, 5].map((i) => parseInt(hex(name).slice(i, i + 2), 16));
    const page = rgb("page"), mixed = (hue, share) => hue.map((c, i) => Math.round(page[i] + (c - page[i]) * share));
    const packed = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r;
    const colours = ["data", "lit", "local", "note", "grad", "dim"].map((name) => ({ css: hex(name), rgb: rgb(name) }));
    const one = colours[0].css === colours[1].css; // on paper without colour
    const ramp = (most) => Int32Array.from({ length: 2 * STEPS + 1 }, (_, i) => {
      const k = i - STEPS, share = k ? (most * (Math.abs(k) - 0.3)) / (STEPS - 0.3) : 0;
      return packed(mixed(colours[k > 0 && !one ? 1 : 0].rgb, one && k > 0 ? 0 : share));
    });
    hues = {
      css: colours.map(({ css }) => css), page: hex("page"), ink: hex("ink"), edge: hex("edge"), border: hex("border"), dim: hex("dim"),
      faded: hex("faded"), pale: ramp(0.58), full: ramp(0.85),
      classes: colours.map(({ rgb }) => Int32Array.from({ length: STEPS + 1 }, (_, k) => packed(mixed(rgb, (0.55 * k) / STEPS)))),
    };
    layers.points = null;
    for (const { sign, kind } of legend) {
      const context = sign.getContext("2d");
      context.clearRect(0, 0, 40, 40);
      mark(context, 20, 20, 13, kind);
      context.fillStyle = hues.css[kind];
      context.fill();
    }
  }
  const STEPS = 8;

  // The step of colour of a number between -1 and 1.
  function level(t) {
    if (t > 0) return STEPS + Math.min(STEPS, 1 + Math.floor(t * STEPS));
    return t < 0 ? STEPS - Math.min(STEPS, 1 + Math.floor(-t * STEPS)) : STEPS;
  }

  // A canvas as fine as the screen, up to a number of pixels across: each of the plane's is computed.
  function prepared(canvas, most = Infinity) {
    const ratio = Math.min(devicePixelRatio || 1, 2, most / Math.max(1, canvas.clientWidth));
    const w = Math.round(canvas.clientWidth * ratio), h = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== w || canvas.height !== h) {
      [canvas.width, canvas.height] = [w, h];
      layers.points = null;
    }
    return [canvas.getContext("2d"), w, h];
  }

  function draw() {
    if (!hues) mixColours();
    computeUnits(v, points, size, found);
    drawPlane();
    drawNetwork();
    drawChart();
  }

  const row = (k) => found.subarray(k * size, (k + 1) * size);

  function drawPlane() {
    const [context, w, h] = prepared(plane, 1100);
    if (!w || !h) return;
    if (!ranges) return drawMosaic(context, w, h);
    if (!flat) return drawCurve(context, w, h);
    if (facts.shown.length > 1) drawClasses(context, w, h);
    else {
      const shown = row(facts.shown[0]), [middle, reach] = facts.probable ? [0.5, 0.5] : span();
      for (let i = 0; i < size; i++) field[i] = (shown[i] - middle) / reach;
      smooth(context, w, h, field, hues.pale);
      if (facts.classes.length) {
        const scores = row(facts.score[0]);
        context.beginPath();
        contour(context, w, h, (i) => scores[i]);
        boundary(context, h);
      }
    }
    context.drawImage(layers.points ?? drawPoints(w, h), 0, 0);
  }

  // The middle and the half width of the targets of a regression.
  function span() {
    let low = Infinity, high = -Infinity;
    for (const y of T) [low, high] = [Math.min(low, y), Math.max(high, y)];
    return [(low + high) / 2, (high - low) / 2 || 1];
  }

  // Fills a canvas with a field over the grid: between its points linear, then in steps of colour.
  function smooth(context, w, h, values, colours) {
    const image = pixels(context, w, h), out = layers.words, line = layers.line;
    for (let y = 0, k = 0; y < h; y++) {
      const gy = (y * (down - 1)) / (h - 1), j = Math.min(down - 2, Math.floor(gy)), share = gy - j, start = j * across;
      for (let i = 0; i < across; i++) line[i] = values[start + i] * (1 - share) + values[start + across + i] * share;
      for (let x = 0; x < w; x++, k++) {
        const i = layers.left[x], t = line[i] + (line[i + 1] - line[i]) * layers.shares[x];
        out[k] = colours[level(t)];
      }
    }
    context.putImageData(image, 0, 0);
  }

  function pixels(context, w, h) {
    if (layers.full?.width !== w || layers.full.height !== h) {
      layers.full = context.createImageData(w, h);
      layers.words = new Int32Array(layers.full.data.buffer);
      layers.line = new Float64Array(across);
      const at = Float64Array.from({ length: w }, (_, x) => (x * (across - 1)) / (w - 1));
      layers.left = Int32Array.from(at, (gx) => Math.min(across - 2, Math.floor(gx)));
      layers.shares = at.map((gx, x) => gx - layers.left[x]);
    }
    return layers.full;
  }

  // Where a field over the grid is 0: in each cell a line between two of its sides.
  function contour(context, w, h, value) {
    const wideCell = w / (across - 1), highCell = h / (down - 1);
    for (let j = 0; j < down - 1; j++) {
      for (let i = 0; i < across - 1; i++) {
        const k = j * across + i, a = value(k), b = value(k + 1), c = value(k + across + 1), d = value(k + across);
        if (a > 0 === b > 0 && b > 0 === c > 0 && c > 0 === d > 0) continue;
        let pen = false;
        const cross = (x, y) => {
          context[pen ? "lineTo" : "moveTo"]((i + x) * wideCell, (j + y) * highCell);
          pen = !pen;
        };
        if (a > 0 !== b > 0) cross(a / (a - b), 0);
        if (b > 0 !== c > 0) cross(1, b / (b - c));
        if (c > 0 !== d > 0) cross(d / (d - c), 1);
        if (d > 0 !== a > 0) cross(0, a / (a - d));
      }
    }
  }

  function boundary(context, h) {
    Object.assign(context, { strokeStyle: hues.ink, lineWidth: (3.5 * h) / 400, lineCap: "round", lineJoin: "round" });
    context.stroke();
  }

  // Each class in its colour, by how much more probable it is than the others.
  function drawClasses(context, w, h) {
    const classes = facts.shown.map(row), image = pixels(context, w, h), out = layers.words;
    const lead = (one, i) => classes[one][i] - Math.max(...classes.map((other, k) => (k === one ? -Infinity : other[i])));
    for (let y = 0, k = 0; y < h; y++) {
      const gy = (y * (down - 1)) / (h - 1), j = Math.min(down - 2, Math.floor(gy)), share = gy - j;
      for (let x = 0; x < w; x++, k++) {
        const i = j * across + layers.left[x], beside = layers.shares[x];
        let best = 0, most = -Infinity;
        for (let c = 0; c < classes.length; c++) {
          const p = classes[c], above = p[i] + (p[i + 1] - p[i]) * beside;
          const below = p[i + across] + (p[i + across + 1] - p[i + across]) * beside, t = above + (below - above) * share;
          if (t > most) [best, most] = [c, t];
        }
        out[k] = hues.classes[best][Math.min(STEPS, Math.ceil(most * STEPS))];
      }
    }
    context.putImageData(image, 0, 0);
    context.beginPath();
    classes.forEach((_, one) => contour(context, w, h, (i) => lead(one, i)));
    boundary(context, h);
  }

  const placeOf = (s, w, h) => [
    ((X[s * wide] - ranges[0][0]) / (ranges[0][1] - ranges[0][0])) * w,
    (1 - (X[s * wide + 1] - ranges[1][0]) / (ranges[1][1] - ranges[1][0])) * h,
  ];

  // A circle, a diamond, a square, …: colour is never alone.
  function mark(context, x, y, r, kind) {
    const shapes = [0, 4, 4, 3, 3, 5], turns = [0, 0, Math.PI / 4, -Math.PI / 2, Math.PI / 2, -Math.PI / 2], corners = shapes[kind];
    context.beginPath();
    if (!corners) context.arc(x, y, r, 0, 2 * Math.PI);
    for (let i = 0; i < corners; i++) {
      const angle = turns[kind] + (2 * Math.PI * i) / corners;
      context.lineTo(x + 1.25 * r * Math.cos(angle), y + 1.25 * r * Math.sin(angle));
    }
    context.closePath();
  }

  // The points, drawn once: they stay while the model learns.
  function drawPoints(w, h, place = placeOf, most = Infinity) {
    const canvas = document.createElement("canvas"), [middle, reach] = span();
    const r = Math.min(most, Math.max(4, (7 * h) / 400) * (count > 300 ? 0.7 : 1));
    [canvas.width, canvas.height] = [w, h];
    const context = canvas.getContext("2d");
    for (let s = 0; s <= count; s++) {
      const which = s < count ? s : scene.sample, [x, y] = place(which, w, h), kind = facts.of[which] ?? 0;
      mark(context, x, y, s < count ? r : 1.15 * r, kind);
      const shade = hues.full[level((T[which] - middle) / reach)];
      context.fillStyle = facts.of.length ? hues.css[kind] : wide > 1 ? css(shade) : hues.css[0];
      context.fill();
      Object.assign(context, { lineWidth: r / 3.5, strokeStyle: facts.of.length || wide === 1 ? hues.page : hues.ink });
      context.stroke();
      if (s < count) continue;
      mark(context, x, y, 1.9 * r, 0); // the point that the graph plays
      Object.assign(context, { lineWidth: r / 2, strokeStyle: hues.ink });
      context.stroke();
    }
    layers.points = canvas;
    return canvas;
  }

  // Of one input: the points, and the model's curve.
  function drawCurve(context, w, h) {
    const shown = row(facts.shown[0]), [middle, half] = facts.probable ? [0.5, 0.5] : span(), reach = 1.3 * half;
    const up = (y) => (0.5 - (y - middle) / reach / 2) * h, along = ([low, high], x) => ((x - low) / (high - low)) * w;
    context.clearRect(0, 0, w, h);
    context.drawImage(layers.points ?? drawPoints(w, h, (s) => [along(ranges[0], X[s]), up(T[s])]), 0, 0);
    const beyond = shown.reduce((sum, y) => sum + !(Math.abs(y - middle) <= reach), 0);
    outside = beyond > size / 2 ? [shown.reduce((a, b) => Math.min(a, b)), shown.reduce((a, b) => Math.max(a, b))] : [];
    context.beginPath();
    for (let i = 0; i < across; i++) context.lineTo((i * w) / (across - 1), up(shown[i]));
    boundary(context, h);
  }

  // Of more inputs: a square for each sample, in the order of the samples.
  const columns = Math.ceil(Math.sqrt(count));

  function mosaic(values, colours, middle, reach) {
    const tile = layers.tile, lines = Math.ceil(count / columns);
    [tile.width, tile.height] = [columns, lines];
    const context = tile.getContext("2d"), image = context.createImageData(columns, lines), out = new Int32Array(image.data.buffer);
    for (let i = 0; i < count; i++) out[i] = colours[level((values[i] - middle) / reach)];
    context.putImageData(image, 0, 0);
    return tile;
  }

  // Each sample as it is, on the colour of what the model makes of it.
  function drawMosaic(context, w, h) {
    const cells = Math.ceil(Math.sqrt((count * w) / h)), wideCell = w / cells, highCell = h / Math.ceil(count / cells);
    const [middle, reach] = facts.probable ? [0.5, 0.5] : span(), shown = facts.shown.map(row);
    context.clearRect(0, 0, w, h);
    for (let i = 0; i < count; i++) {
      const best = shown.reduce((one, other, k) => (other[i] > shown[one][i] ? k : one), 0);
      const sure = Math.min(STEPS, Math.ceil(shown[best][i] * STEPS));
      context.fillStyle = css(shown.length > 1 ? hues.classes[best][sure] : hues.pale[level((shown[0][i] - middle) / reach)]);
      context.fillRect((i % cells) * wideCell, Math.floor(i / cells) * highCell, wideCell + 0.5, highCell + 0.5);
    }
    const place = (s) => [((s % cells) + 0.5) * wideCell, (Math.floor(s / cells) + 0.5) * highCell];
    context.drawImage(layers.points ?? drawPoints(w, h, place, 0.3 * Math.min(wideCell, highCell)), 0, 0);
  }

  const css = (packed) => `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;

  function largestOf(values) {
    let most = 1e-12;
    for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
    return most;
  }

  // The network: what each unit computes in a square, the wires as thick as their weights.
  const depth = Math.max(...facts.units.map(([, , column]) => column)), places = facts.units.map(() => [0, 0]);
  const most = Math.max(...facts.units.map(([, , , place]) => place + 1)), heights = [];
  for (const [, , column] of facts.units) heights[column] = (heights[column] ?? 0) + 1;

  function drawNetwork() {
    const [context, w, h] = prepared(network);
    if (!w || !h || !facts.units.length) return;
    const head = h * 0.09, pitch = Math.min((h - head) / Math.max(most, 1), h / 4);
    const side = Math.min((66 * h) / 430, 0.78 * pitch, (0.7 * w) / (depth + 1));
    facts.units.forEach(([, , column, place], i) => {
      places[i][0] = depth ? side / 2 + 2 + ((w - side - 4) * column) / depth : w / 2;
      places[i][1] = head + (h - head) / 2 + (place - (heights[column] - 1) / 2) * pitch;
    });
    context.clearRect(0, 0, w, h);
    drawWeights(context, side, h);
    Object.assign(context, { textAlign: "center", textBaseline: "alphabetic", fillStyle: hues.ink, font: `bold ${h * 0.058}px ${FACE}` });
    for (let column = 0; column <= depth; column++) {
      const x = depth ? side / 2 + 2 + ((w - side - 4) * column) / depth : w / 2;
      context.fillText(facts.heads[column], Math.max(x, h * 0.03), head * 0.65);
    }
    context.imageSmoothingEnabled = Boolean(ranges);
    facts.units.forEach(([, kind], i) => drawUnit(context, places[i][0] - side / 2, places[i][1] - side / 2, side, kind, i));
  }
  const FACE = 'Arial, Helvetica, "Liberation Sans", Arimo, sans-serif';

  function drawWeights(context, side, h) {
    const scale = h / 430, top = largestOf(weights), thick = facts.wires.length > 50 ? 4.3 : 6.3;
    Object.assign(context, { strokeStyle: hues.dim, globalAlpha: 0.8 });
    facts.wires.forEach(([from, to], i) => {
      context.lineWidth = (0.7 + (thick * Math.abs(weights[i])) / top) * scale;
      context.setLineDash(weights[i] < 0 ? [9 * scale, 5 * scale] : []);
      context.beginPath();
      context.moveTo(places[from][0] + side / 2, places[from][1]);
      context.lineTo(places[to][0] - side / 2, places[to][1]);
      context.stroke();
    });
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  const inputs = facts.units.map(([, kind], i) => (kind < 0 ? Float64Array.from({ length: size }, (_, k) => points[k * wide + i]) : null));
  for (const values of inputs.filter(Boolean)) {
    const middle = (Math.max(...values) + Math.min(...values)) / 2;
    values.forEach((x, k) => { values[k] = x - middle; });
  }

  function drawUnit(context, x, y, side, kind, i) {
    const values = kind < 0 ? inputs[i] : row(kind), reach = largestOf(values);
    context.save();
    context.beginPath();
    context.roundRect(x, y, side, side, side / 6);
    context.clip();
    context.drawImage(ranges ? tiled(values, reach) : mosaic(values, hues.full, 0, reach), x, y, side, side);
    context.restore();
    if (ranges && !flat) drawUnitCurve(context, values, reach, x, y, side);
    Object.assign(context, { strokeStyle: hues.border, lineWidth: side / 26 });
    context.beginPath();
    context.roundRect(x, y, side, side, side / 6);
    context.stroke();
  }

  function drawUnitCurve(context, values, reach, x, y, side) {
    context.beginPath();
    for (let k = 0; k < across; k++) context.lineTo(x + (k * side) / (across - 1), y + side / 2 - (0.4 * side * values[k]) / reach);
    Object.assign(context, { strokeStyle: hues.ink, lineWidth: side / 24 });
    context.stroke();
  }

  function tiled(values, reach) {
    const { tile } = layers;
    if (!layers.small) {
      [tile.width, tile.height] = [across, down];
      layers.small = tile.getContext("2d").createImageData(across, down);
      layers.dots = new Int32Array(layers.small.data.buffer);
    }
    const { dots } = layers, { full } = hues;
    for (let k = 0; k < size; k++) dots[k] = full[level(values[k] / reach)];
    tile.getContext("2d").putImageData(layers.small, 0, 0);
    return tile;
  }

  // The losses so far, of many only some.
  function drawChart() {
    const [context, w, h] = prepared(chart), ratio = w / Math.max(1, chart.clientWidth);
    if (!w || !h) return;
    const { losses, count: steps, start } = scene.course, { loss } = trainer.found, newest = steps - 1;
    const font = ratio * Math.max(0.029 * innerHeight, 13), low = h - 1.5 * font, end = Math.max(10, newest);
    let upper = 1e-12;
    for (let i = Math.max(0, steps - 5000); i < steps; i++) if (losses[i] > upper && losses[i] < Infinity) upper = losses[i];
    context.clearRect(0, 0, w, h);
    Object.assign(context, { strokeStyle: hues.faded, lineWidth: 0.075 * font, fillStyle: hues.dim, font: `${font}px ${FACE}` });
    const most = number(upper, 2), left = Math.max(font * 2.6, context.measureText(most).width + font / 2);
    const to = (i, y) => [left + ((w - left - font / 2) * i) / end, low - (0.92 * (low - font / 2) * y) / upper];
    context.beginPath();
    context.moveTo(left, font / 2);
    context.lineTo(left, low);
    context.lineTo(w, low);
    context.stroke();
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    context.fillText(most, left - font / 3, to(0, upper)[1]);
    context.fillText("0", left - font / 3, low);
    Object.assign(context, { textAlign: "center", textBaseline: "bottom" });
    context.fillText(String(start), left, h);
    context.textAlign = "right";
    context.fillText(String(start + end), w, h);
    Object.assign(context, { strokeStyle: hues.css[1], fillStyle: hues.css[1], lineWidth: 0.165 * font, lineJoin: "round" });
    context.beginPath();
    const every = Math.max(1, Math.floor(steps / 400));
    for (let i = 0; i < newest; i += every) if (Number.isFinite(losses[i])) context.lineTo(...to(i, losses[i]));
    if (Number.isFinite(loss)) context.lineTo(...to(newest, loss));
    context.stroke();
    if (!Number.isFinite(loss)) return;
    context.beginPath();
    context.arc(...to(newest, loss), 0.33 * font, 0, 2 * Math.PI);
    context.fill();
  }

  // The sample nearest to a place on the plane; -1 if none is near.
  function nearest(across, down) {
    if (!flat) return -1;
    const { clientWidth: w, clientHeight: h } = plane, far = (s) => {
      const [x, y] = placeOf(s, w, h);
      return Math.hypot(x - across, y - down);
    };
    let best = 0;
    for (let s = 1; s < count; s++) if (far(s) < far(best)) best = s;
    return far(best) < 0.06 * w ? best : -1;
  }

  const forgetPoints = () => { layers.points = null; }, forgetColours = () => { hues = null; };
  return { plane, network, chart, legend, draw, nearest, forgetPoints, forgetColours, outside: () => outside };
}
