// The scene "data": the model is trained by hand. One press is one step of gradient descent with the mean loss of all samples:
// `evaluate` computes each of them, and the edges of the sweep its gradient. What the units compute over the plane comes from
// `computeUnits`, which chalkgrad writes from the same table.

const trainer = told.training ? trainerOf(told.training) : null;

// Takes the last step of training back; says whether there was one.
const undoTraining = () => Boolean(trainer?.undo());

function trainerOf(facts) {
  const section = byId("data"), [plane, network, chart] = section.querySelectorAll("canvas"), rateField = byId("data-rate");
  const count = facts.rows.length, wide = facts.x.length, parameters = Int32Array.from(facts.parameters);
  const X = Float64Array.from(facts.rows.flat()), T = Float64Array.from(facts.targets.flat()), [score] = facts.scores;
  const sweep = told.steps.slice(1), edges = Int32Array.from(sweep, ({ edge }) => edge);
  const heads = Int32Array.from(sweep, ({ node }) => node), tails = Int32Array.from(sweep, ({ parent }) => parent);
  const steady = Float64Array.from(told.edges, (_, edge) => facts.partials[edge] ?? NaN); // the same whatever the values are
  const v = new Float64Array(told.names.length), adjoints = new Float64Array(v.length), slopes = new Float64Array(parameters.length);
  const weights = new Float64Array(facts.wires.length);
  let known = null, loss = NaN, right = 0, fit = NaN; // the values that these, slopes and weights are of
  let sample = 0, history = [], losses = [], start = 0, running = 0, ticks = 0, searched = 0, falling = NaN, stopped = 0;

  // The mean loss of all samples at the parameters in v; with the gradient, if that is wanted.
  function pass(gradient) {
    let sum = 0, missed = 0, whole = 0, squares = 0;
    if (gradient) {
      right = 0;
      slopes.fill(0);
    }
    for (let s = 0; s < count; s++) {
      for (let j = 0; j < wide; j++) v[facts.x[j]] = X[s * wide + j];
      for (let j = 0; j < facts.y.length; j++) v[facts.y[j]] = T[s * facts.y.length + j];
      const { p, bad } = evaluate(v);
      if (bad >= 0) return NaN;
      sum += v[told.root];
      if (!gradient) continue;
      adjoints.fill(0);
      adjoints[told.root] = 1;
      for (let i = 0; i < edges.length; i++) adjoints[tails[i]] += adjoints[heads[i]] * (p[edges[i]] ?? steady[edges[i]]);
      for (let i = 0; i < parameters.length; i++) slopes[i] += adjoints[parameters[i]];
      if (facts.classes.length) right += decided() === facts.of[s];
      else [missed, whole, squares] = [missed + (T[s] - v[score]) ** 2, whole + T[s], squares + T[s] ** 2];
      if (s === count - 1) facts.wires.forEach(([, , edge], i) => { weights[i] = p[edge] ?? steady[edge]; });
    }
    if (!gradient) return sum / count;
    for (let i = 0; i < slopes.length; i++) slopes[i] /= count;
    fit = 1 - missed / (squares - whole ** 2 / count);
    return sum / count;
  }

  // The class that the scores in v predict; a tie goes to the first.
  function decided() {
    if (facts.two) return Number(v[score] > 0);
    return facts.scores.reduce((best, node, i) => (v[node] > v[facts.scores[best]] ? i : best), 0);
  }

  // Brings v, the loss and its gradient to the page's values.
  function follow() {
    if (known === state.values) return;
    if (parameters.every((p) => state.values[p] === told.values[p])) [history, losses, start] = [[], [], 0];
    const { theta } = history.at(-1) ?? {};
    if (theta?.every((x, i) => x === state.values[parameters[i]])) { // the last step was taken back elsewhere
      history.pop();
      losses.pop();
    }
    v.set(state.values);
    loss = pass(true);
    known = state.values;
    if (losses.length) losses[losses.length - 1] = loss;
    else losses.push(loss);
  }

  const finite = () => Number.isFinite(loss) && slopes.every(Number.isFinite);

  // The page's values with other parameters.
  function valuesWith(theta) {
    const values = state.values.slice();
    for (let i = 0; i < parameters.length; i++) values[parameters[i]] = theta[i];
    return values;
  }

  function setParameters(theta) {
    for (let i = 0; i < parameters.length; i++) v[parameters[i]] = theta[i];
  }

  // One step, if it leads to where there is a loss. `thorough` looks for a smaller rate where the loss rises.
  function advance(thorough) {
    const rate = parsed(rateField.value);
    rateField.setAttribute("aria-invalid", String(!Number.isFinite(rate)));
    follow();
    if (!Number.isFinite(rate) || !finite()) return false;
    const theta = parameters.length ? Float64Array.from(parameters, (p) => state.values[p]) : [], before = loss;
    const gradient = slopes.slice(), moved = theta.map((x, i) => x - rate * gradient[i]);
    setParameters(moved);
    loss = pass(true);
    [searched, stopped, falling] = [0, Number(!finite()), NaN];
    if (stopped) {
      setParameters(theta);
      loss = pass(true);
      tell(rate, NaN);
      return false;
    }
    history.push({ theta, rate });
    if (history.length > KEPT) history.shift();
    losses.push(loss);
    if (thorough && loss > before) lookFor(theta, gradient, before, rate, moved);
    known = state.values = valuesWith(moved);
    tell(rate, before);
    return true;
  }
  const KEPT = 3000; // steps that can be taken back

  // A smaller rate with which the loss falls: halves, as in nn/downhill.py.
  function lookFor(theta, gradient, before, rate, moved) {
    searched = 1;
    for (let k = 1; k < told.downhill.halvings && Number.isNaN(falling); k++) {
      setParameters(theta.map((x, i) => x - rate * 0.5 ** k * gradient[i]));
      if (pass(false) < before) falling = rate * 0.5 ** k;
    }
    setParameters(moved);
  }

  // The numbers of the sentence: Training.NUMBERS has their order.
  function tell(rate, before) {
    [rate, before, loss, falling, searched, stopped].forEach((x, i) => { trained[i] = x; });
    facts.sentence.numbers.forEach((k, i) => { run.x[k] = trained[i]; });
  }

  const tellAgain = () => tell(parsed(rateField.value), NaN);

  function step() {
    pause();
    if (!advance(true)) return render();
    draw();
    describe();
    fill();
    clearTimeout(waiting);
    waiting = setTimeout(() => update({ values: state.values }), 120); // what is behind the scene
  }
  let waiting = 0;

  function undo() {
    const last = history.at(-1);
    pause();
    if (!last) return false;
    history.pop();
    losses.pop();
    [searched, stopped, falling] = [0, 0, NaN];
    state.values = valuesWith(last.theta);
    follow();
    tellAgain();
    update({ values: state.values });
    return true;
  }

  function reset() {
    pause();
    [history, losses, start, searched, stopped, falling] = [[], [], 0, 0, 0, NaN];
    state.values = valuesWith(Float64Array.from(parameters, (p) => told.values[p]));
    rateField.value = facts.rate;
    follow();
    tellAgain();
    update({ values: state.values });
  }

  // So many epochs for each frame of the screen as the speed asks for; what is behind the scene waits.
  function train() {
    if (running) return pause();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches ? 15 : 1; // frames for each new picture
    const frame = () => {
      ticks += Number(byId("speed").value);
      let going = true;
      while (ticks >= 1 && going) [going, ticks] = [advance(false), ticks - 1];
      running = requestAnimationFrame(frame);
      if (!going) return pause();
      if (epoch() % still === 0) draw();
      if (epoch() % 10 === 0) drawInputs();
      fill();
    };
    running = requestAnimationFrame(frame);
    for (const id of ["train", "play"]) byId(id).setAttribute("aria-pressed", "true");
  }

  function pause() {
    if (!running) return;
    cancelAnimationFrame(running);
    running = 0;
    for (const id of ["train", "play"]) byId(id).setAttribute("aria-pressed", "false");
    update({ values: state.values });
  }

  // The sample whose graph the stage plays.
  function choose(s) {
    pause();
    sample = (s + count) % count;
    const values = state.values.slice();
    for (let j = 0; j < wide; j++) values[facts.x[j]] = X[sample * wide + j];
    for (let j = 0; j < facts.y.length; j++) values[facts.y[j]] = T[sample * facts.y.length + j];
    known = known === state.values ? values : null; // the parameters are the same
    layers.points = null;
    update({ values });
  }

  const epoch = () => start + losses.length - 1; // the address may tell of epochs before the first loss

  // Drawing --------------------------------------------------------------------------------------------------------------

  const [ranges, across, down] = facts.grid, flat = ranges?.length === 2; // no grid of more than two inputs
  const points = ranges ? grid() : X, size = ranges ? across * down : count;
  const found = new Float64Array(facts.kept * size), field = new Float64Array(size);
  const layers = { points: null, tile: document.createElement("canvas"), full: null };
  const legend = [];
  let hues = null;

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
  const level = (t) => (t > 0 ? STEPS + Math.min(STEPS, 1 + Math.floor(t * STEPS)) : t < 0 ? STEPS - Math.min(STEPS, 1 + Math.floor(-t * STEPS)) : STEPS);

  // A canvas as fine as the screen, up to a number of pixels across: each of the plane's is computed.
  function prepared(canvas, most = Infinity) {
    const ratio = Math.min(devicePixelRatio || 1, 2, most / Math.max(1, canvas.clientWidth)), w = Math.round(canvas.clientWidth * ratio), h = Math.round(canvas.clientHeight * ratio);
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
    put(byId("epoch"), String(epoch()));
    put(byId("data-loss"), number(loss));
    put(position, phrase("epoch", { epoch: epoch() }));
    position.className = "reverse";
    const result = facts.classes.length ? phrase("right", { right, count }) : phrase("fit", { fit: number(fit, 3) });
    put(section.querySelector(".result"), result);
    const dead = { first: !epoch(), back: !history.length, "data-undo": !history.length, forward: false, last: true };
    for (const [id, disabled] of Object.entries(dead)) byId(id).setAttribute("aria-disabled", String(disabled));
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
      const which = s < count ? s : sample, [x, y] = place(which, w, h), kind = facts.of[which] ?? 0;
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
      const packed = shown.length > 1 ? hues.classes[best][Math.min(STEPS, Math.ceil(shown[best][i] * STEPS))] : hues.pale[level((shown[0][i] - middle) / reach)];
      context.fillStyle = css(packed);
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
    const head = h * 0.09, pitch = Math.min((h - head) / Math.max(most, 1), h / 4), side = Math.min((66 * h) / 430, 0.78 * pitch, (0.7 * w) / (depth + 1));
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
    const [context, w, h] = prepared(chart), ratio = w / Math.max(1, chart.clientWidth), font = ratio * Math.max(0.029 * innerHeight, 13), left = font * 2.6, low = h - 1.5 * font;
    if (!w || !h) return;
    const upper = Math.max(...(losses.length < 5000 ? losses : losses.slice(-5000)), 1e-12), end = Math.max(10, losses.length - 1);
    const to = (i, y) => [left + ((w - left - font / 2) * i) / end, low - (0.92 * (low - font / 2) * y) / upper];
    context.clearRect(0, 0, w, h);
    Object.assign(context, { strokeStyle: hues.faded, lineWidth: 0.075 * font, fillStyle: hues.dim, font: `${font}px ${FACE}` });
    context.beginPath();
    context.moveTo(left, font / 2);
    context.lineTo(left, low);
    context.lineTo(w, low);
    context.stroke();
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    context.fillText(number(upper, 2), left - font / 3, to(0, upper)[1]);
    context.fillText("0", left - font / 3, low);
    Object.assign(context, { textAlign: "center", textBaseline: "bottom" });
    context.fillText(String(start), left, h);
    context.fillText(String(start + end), w - font * 0.31 * String(start + end).length, h);
    context.beginPath();
    const every = Math.max(1, Math.floor(losses.length / 400));
    for (let i = 0; i < losses.length; i += every) context.lineTo(...to(i, losses[i]));
    context.lineTo(...to(losses.length - 1, loss));
    Object.assign(context, { strokeStyle: hues.css[1], lineWidth: 0.165 * font, lineJoin: "round" });
    context.stroke();
    context.beginPath();
    context.arc(...to(losses.length - 1, loss), 0.33 * font, 0, 2 * Math.PI);
    context.fillStyle = hues.css[1];
    context.fill();
  }

  // The scene ------------------------------------------------------------------------------------------------------------

  function show(on) {
    if ((state.scene === "data") === on) return;
    pause();
    state.scene = on ? "data" : "";
    if (on) Object.assign(state, { predicting: false, panel: state.panel === "inputs" ? "inputs" : "" });
    stand();
    settle();
    update({ values: state.values });
  }

  // What else of the page belongs to the scene.
  function stand() {
    const on = state.scene === "data";
    section.hidden = !on;
    picture.inert = on;
    if (on) document.body.dataset.scene = "data";
    else delete document.body.dataset.scene;
    byId("show-data").setAttribute("aria-pressed", String(on));
  }

  function describe() {
    const whole = spelled(written(facts.sentence.whole, { run })), result = section.querySelector(".result").textContent;
    const values = facts.names.map((name, j) => `${name} = ${number(X[sample * wide + j])}`).join(", ");
    const chosen = phrase("sample", { number: sample + 1, count, values: spelled(values) });
    plane.setAttribute("aria-label", `${spelled(facts.title)}. ${result}. ${chosen}`);
    network.setAttribute("aria-label", phrase("network"));
    chart.setAttribute("aria-label", whole);
  }

  tellers.unshift(() => (state.scene === "data" ? { lines: facts.sentence.lines, whole: facts.sentence.whole, blanks: {} } : null));
  drawers.push((now, fresh, hurried) => {
    const on = state.scene === "data";
    if (section.hidden === on) { // another file has changed the scene
      stand();
      settle();
    }
    if (!on) return;
    if (known !== state.values) {
      follow();
      tellAgain();
    }
    draw();
    describe();
    if (!hurried) fill();
  });

  const keys = {
    ArrowRight: step, PageDown: step, Enter: step, " ": step, ArrowLeft: undo, PageUp: undo, Backspace: undo, Home: reset, End: () => {},
    a: train, ArrowUp: () => choose(sample - 1), ArrowDown: () => choose(sample + 1),
  };
  keysOf.data = "g";
  moves.g = () => show(state.scene !== "data");

  addEventListener("keydown", (event) => {
    if (state.scene !== "data" || event.altKey || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "z" || event.target.matches?.("input") || !history.length) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // the step is taken back once
      undo();
      return;
    }
    if (event.target === rateField && event.key === "Enter") {
      event.preventDefault();
      return step();
    }
    if (kept(event)) return;
    if (event.key.length === 1 && "pmtrkoc".includes(event.key)) return show(false); // these are of the graph
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    if (event.key === " " && event.shiftKey) undo();
    else keys[event.key]();
  });

  const transport = { first: reset, back: undo, forward: step, last: () => {}, play: train };
  byId("transport").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (state.scene !== "data" || !button) return;
    event.stopPropagation();
    if (event.detail) button.blur();
    transport[button.id]();
  }, true);
  byId("words").addEventListener("pointerup", (event) => { if (state.scene === "data") event.stopImmediatePropagation(); });
  byId("views").addEventListener("click", (event) => {
    if (state.scene === "data" && event.target.closest("#predict, [data-panel=table], [data-panel=mistakes]")) show(false);
  }, true);
  byId("show-data").hidden = false;
  byId("show-data").addEventListener("click", moves.g);
  byId("one-step").addEventListener("click", step);
  byId("train").addEventListener("click", train);
  byId("data-undo").addEventListener("click", undo);
  byId("data-reset").addEventListener("click", reset);
  rateField.addEventListener("change", () => {
    rateField.setAttribute("aria-invalid", String(!Number.isFinite(parsed(rateField.value))));
    tellAgain();
    update({});
  });
  plane.addEventListener("click", (event) => {
    if (!flat) return;
    const [w, h] = [plane.clientWidth, plane.clientHeight], far = (s) => {
      const [x, y] = placeOf(s, w, h);
      return Math.hypot(x - event.offsetX, y - event.offsetY);
    };
    let nearest = 0;
    for (let s = 1; s < count; s++) if (far(s) < far(nearest)) nearest = s;
    if (far(nearest) < 0.06 * w) choose(nearest);
  });
  new ResizeObserver(() => { if (state.scene === "data") draw(); }).observe(section);
  const recolour = () => {
    hues = null;
    if (state.scene === "data") draw();
  };
  new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

  addressed.set("scene", { get: () => (state.scene === "data" ? "data" : ""), set: (text) => show(text === "data" || location.hash.length < 2) });
  addressed.set("trainrate", {
    get: () => (Number(rateField.value) === facts.rate ? "" : rateField.value),
    set: (text) => { if (Number.isFinite(parsed(text))) rateField.value = text; },
  });
  addressed.set("epoch", {
    get: () => (epoch() ? String(epoch()) : ""),
    set: (text) => { start = Math.max(0, Math.round(Number(text) || 0) - (losses.length - 1)); },
  });
  addressed.set("sample", { get: () => (sample ? String(sample + 1) : ""), set: (text) => { if (facts.rows[text - 1]) choose(text - 1); } });

  // The beginning: the data, unless the address names a step of the graph.
  rateField.value = facts.rate;
  put(section.querySelector(".title"), facts.title);
  put(section.querySelector(".over"), facts.over);
  section.querySelector(".remark").hidden = !facts.remark;
  put(section.querySelector(".remark"), facts.remark);
  section.querySelector(".classes").replaceChildren(...facts.legend.map((text, kind) => {
    const sign = make("canvas", { width: 40, height: 40, "aria-hidden": "true" });
    legend.push({ sign, kind });
    return make("span", {}, sign, " ", text);
  }));
  follow();
  tellAgain();
  if (location.hash.length < 2 || /[&#]scene=data/.test(location.hash)) {
    state.scene = "data";
    stand();
  }
  return { undo, step, train, show };
}
