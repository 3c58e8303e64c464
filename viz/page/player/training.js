// The scene "data": the model is trained by hand. One press is one step of gradient descent with the mean loss of all samples.

if (told.training) trainingOf(told.training);

function trainingOf(facts) {
  const section = byId("data"), rateField = byId("data-rate"), trainer = trainerOf(facts);
  const { X, T, v, count, wide, parameters, found } = trainer;
  // Of the course of training: the losses, of which `count` are so far (the others may be made again), and the epochs before the
  // first of them. Each step has a course of its own, so that the page's history can keep it.
  const begun = (start = 0) => ({ losses: [], count: 0, start });
  const scene = { sample: 0, course: begun() }, pictures = picturesOf(facts, trainer, scene);
  let known = null, rate = facts.rate, running = 0, ticks = 0, waiting = 0, spoken = {}, kept;

  const epoch = ({ start, count } = scene.course) => start + Math.max(0, count - 1);
  const isThere = (theta, values) => parameters.every((p, i) => Object.is(theta[i], values[p]));

  // Brings v, the loss and its gradient to the page's values.
  function follow() {
    if (known === state.values) return;
    if (epoch() && isThere(Array.from(parameters, (p) => told.values[p]), state.values)) scene.course = begun();
    v.set(state.values);
    trainer.pass(true);
    known = state.values;
    const { course } = scene;
    course.count = Math.max(1, course.count);
    course.losses[course.count - 1] = found.loss;
  }

  // One step, if it leads to where there is a loss. `thorough` looks for what is known of smaller rates where the loss rises.
  function advance(thorough) {
    follow();
    if (!trainer.finite()) {
      tell();
      return false;
    }
    const step = trainer.descend(rate, thorough), { course } = scene;
    tell(step);
    if (step.stopped) return false;
    course.losses.length = course.count; // what was taken back is not made again
    course.losses.push(found.loss);
    scene.course = { ...course, count: course.count + 1 };
    const values = state.values.slice();
    for (const p of parameters) values[p] = v[p];
    known = state.values = values;
    remember(true);
    return true;
  }

  // The numbers of the sentence, by the names in Training.NUMBERS; what is said of a step stays until the loss is another.
  function tell(step = { rate, after: found.loss }) {
    const { before = NaN, after } = step, [was, became] = alike(before, after);
    spoken = { ...step, was, became, fell: before - after, lost: Number(!trainer.finite()) };
    resupply("training", facts.said.map((name) => spoken[name] ?? NaN));
  }

  // Two losses in as many digits each, beginning with those that tell them apart; numbers that end earlier are not alike.
  function alike(one, other) {
    const both = [one, other].filter(Number.isFinite), least = apart(both), rounded = (x, digits) => Number(x.toPrecision(digits));
    let digits = least;
    while (digits <= NOISE && both.some((x) => digitsOf(rounded(x, digits)) < digits)) digits += 1;
    if (digits > NOISE || both.length < 2) digits = Math.max(least, ...both.map((x) => digitsOf(Number(number(x, least)))));
    return [one, other].map((x) => rounded(x, digits));
  }

  const typing = () => {
    if (refused(rateField)) return false;
    const other = parsed(rateField.value) !== rate;
    rate = parsed(rateField.value);
    if (other) tell();
    return true;
  };

  function step() {
    pause();
    if (!typing()) return rateField.focus();
    if (!advance(true)) return render();
    drawAll();
    describe();
    fill();
    address();
    clearTimeout(waiting);
    waiting = setTimeout(() => update({ values: state.values }), 120); // what is behind the scene
  }

  function steps(many) {
    pause();
    if (!typing()) return rateField.focus();
    for (let i = 1; i <= many && advance(i === many); i++);
    update({ values: state.values });
  }

  function back() {
    if (!takeBack()) remark(phrase("nothing to take back"));
  }

  function reset() {
    pause();
    const values = state.values.slice();
    for (const p of parameters) values[p] = told.values[p];
    scene.course = begun();
    setRate(facts.rate);
    known = null;
    update({ values });
  }

  function setRate(other) {
    rate = other;
    rateField.value = String(rate);
    accept(rateField);
  }

  // So many epochs for each frame of the screen as the speed asks for; what is behind the scene waits.
  function train() {
    if (running) return halt();
    pause();
    if (!typing()) return rateField.focus();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches ? 15 : 1; // frames for each new picture
    const frame = () => {
      ticks += Number(byId("speed").value);
      let going = true;
      while (ticks >= 1 && going) [going, ticks] = [advance(false), ticks - 1];
      running = requestAnimationFrame(frame);
      if (!going) return halt();
      if (epoch() % still === 0) drawAll();
      if (epoch() % 10 === 0) drawInputs();
      fill();
    };
    running = requestAnimationFrame(frame);
    for (const id of ["train", "play"]) byId(id).setAttribute("aria-pressed", "true");
  }

  function halt() {
    if (!running) return;
    cancelAnimationFrame(running);
    running = 0;
    for (const id of ["train", "play"]) byId(id).setAttribute("aria-pressed", "false");
    update({ values: state.values });
  }
  pausers.push(halt);

  // The sample whose graph the stage plays.
  function choose(s) {
    pause();
    scene.sample = (s + count) % count;
    const values = withSample(state.values.slice());
    if (known === state.values) known = values; // the parameters are the same
    pictures.forgetPoints();
    update({ values });
  }

  function withSample(values) {
    for (let j = 0; j < wide; j++) values[facts.x[j]] = X[scene.sample * wide + j];
    for (let j = 0; j < facts.y.length; j++) values[facts.y[j]] = T[scene.sample * facts.y.length + j];
    return values;
  }

  remembered.set("training", {
    get: () => scene.course,
    set: (course) => { [scene.course, known] = [course, null]; },
  });

  // What is seen ---------------------------------------------------------------------------------------------------------

  function drawAll() {
    pictures.draw();
    put(byId("epoch"), String(epoch()));
    put(byId("data-loss"), Number.isFinite(found.loss) ? number(found.loss) : told.words.dash);
    put(position, phrase("epoch", { epoch: epoch() }));
    position.className = "reverse";
    put(section.querySelector(".result"), result());
    const [low, high] = pictures.outside().map((y) => number(y));
    put(section.querySelector(".remark"), low === undefined ? facts.remark : phrase("outside", { low, high }));
    const dead = { first: !epoch(), back: !past.length, "data-undo": !past.length, forward: false, last: true };
    for (const [id, disabled] of Object.entries(dead)) byId(id).setAttribute("aria-disabled", String(disabled));
  }

  function result() {
    if (facts.classes.length) return phrase("right", { right: found.right, count });
    return Number.isNaN(found.fit) && trainer.finite() ? phrase("no fit") : phrase("fit", { fit: number(found.fit, 3) });
  }

  function show(on) {
    if ((state.scene === "data") === on || (on && taken.has("data"))) return;
    pause();
    stage(on);
    stand();
    settle();
    update({ values: state.values });
  }

  function stage(on) {
    if (on) Object.assign(state, { scene: "data", predicting: false, panel: state.panel === "inputs" ? "inputs" : "" });
    else if (state.scene === "data") state.scene = "";
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
    const whole = spelled(written(facts.sentence.whole, { run }));
    const values = spelled(facts.point.replace(/\{(\d+)\}/g, (_, j) => number(X[scene.sample * wide + Number(j)])));
    const chosen = phrase("sample", { number: scene.sample + 1, count, values });
    pictures.plane.setAttribute("aria-label", `${spelled(facts.title)}. ${result()}. ${chosen}`);
    pictures.network.setAttribute("aria-label", phrase("network"));
    pictures.chart.setAttribute("aria-label", whole);
  }

  tellers.unshift(() => (state.scene === "data" ? { lines: facts.sentence.lines, whole: facts.sentence.whole, blanks: {} } : null));
  before.push(() => {
    if (known === state.values) return;
    follow();
    tell(kept);
    kept = undefined;
  });
  drawers.push((now, fresh, hurried) => {
    const on = state.scene === "data";
    if (section.hidden === on) { // another file has changed the scene
      stand();
      settle();
    }
    if (!on) return;
    drawAll();
    describe();
    if (!hurried) fill();
  });

  // What moves it --------------------------------------------------------------------------------------------------------

  scenes.data = {
    keys: {
      ArrowRight: step, PageDown: step, Enter: step, " ": step, ArrowLeft: back, PageUp: back, Backspace: back, Home: reset, End() {},
      a: train, s: step, S: () => steps(10), ArrowUp: () => choose(scene.sample - 1), ArrowDown: () => choose(scene.sample + 1),
    },
    leave: () => show(false),
  };
  keysOf.data = "g";
  moves.g = () => show(state.scene !== "data");
  byId("show-data").hidden = false;
  for (const [id, move] of [["show-data", moves.g], ["one-step", step], ["train", train], ["data-undo", back], ["data-reset", reset]]) {
    byId(id).addEventListener("click", move);
  }
  rateField.addEventListener("change", () => {
    typing();
    update({});
  });
  rateField.addEventListener("keydown", (event) => { // the rate stands, and the next press is a step
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape") setRate(rate);
    if (!refused(rateField)) rateField.blur();
  });
  pictures.plane.addEventListener("click", ({ offsetX, offsetY }) => {
    const s = pictures.nearest(offsetX, offsetY);
    if (s >= 0) choose(s);
  });
  new ResizeObserver(() => { if (state.scene === "data") drawAll(); }).observe(section);
  const recolour = () => {
    pictures.forgetColours();
    if (state.scene === "data") drawAll();
  };
  new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

  // What the address keeps -----------------------------------------------------------------------------------------------

  // The scene is what the page begins with, unless the address names a step of the graph.
  const first = () => !/^#f?\d+\??(&|$)/i.test(location.hash) || /[#&]scene=data(&|$)/.test(location.hash);
  addressed.set("scene", { get: () => (state.scene === "data" ? "data" : ""), set: (text) => stage(text === "data" || (!text && first())) });
  addressed.set("trainrate", {
    get: () => (rate === facts.rate ? "" : String(rate)),
    set: (text) => setRate(Number.isFinite(parsed(text)) ? parsed(text) : facts.rate),
  });
  addressed.set("epoch", {
    get: () => (epoch() ? String(epoch()) : ""),
    set: (text) => {
      const wanted = /^\d{1,9}$/.test(text) ? Number(text) : 0, theta = Array.from(parameters, (p) => v[p]);
      if (wanted !== epoch() || !isThere(theta, state.values)) scene.course = recalled(wanted) ?? begun(wanted);
      known = null;
    },
  });
  addressed.set("sample", {
    get: () => (scene.sample ? String(scene.sample + 1) : ""),
    set: (text) => {
      scene.sample = facts.rows[text - 1] ? text - 1 : 0;
      pictures.forgetPoints();
      const untold = [...facts.x, ...facts.y].every((leaf) => state.values[leaf] === told.values[leaf]);
      if (untold) state.values = withSample(state.values.slice());
      run = calculate(state.values);
    },
  });

  // The losses so far, what is said of the last step and what can be taken back are too much for the address: the tab keeps them
  // while the page is loaded again.
  const UNDONE = 100; // steps that can be taken back then
  const place = `chalkgrad ${location.pathname}`;
  addEventListener("pagehide", () => {
    const { losses, count, start } = scene.course, from = Math.max(0, count - 5000);
    const theta = Array.from(parameters, (p) => state.values[p]), of = [...remembered.keys()].indexOf("training");
    const earlier = past.slice(-UNDONE).map(({ values, more }) => ({ values: told.leaves.map((leaf) => values[leaf]), course: more[of] }))
      .filter(({ course }) => course.losses === losses && course.count > from)
      .map(({ values, course }) => ({ values, count: course.count - from }));
    const all = { theta, start: start + from, losses: losses.slice(from, count), spoken, earlier };
    try { sessionStorage.setItem(place, JSON.stringify(all)); } catch { /* not here */ }
  });

  function recalled(wanted) {
    try {
      const all = JSON.parse(sessionStorage.getItem(place)), { theta, start, losses } = all, course = { losses, count: losses.length, start };
      if (epoch(course) !== wanted || !isThere(theta, state.values) || !losses.every(Number.isFinite)) return null;
      kept = Number.isFinite(all.spoken.before) && Number.isFinite(all.spoken.after) ? all.spoken : undefined;
      if (!past.length) past.push(...all.earlier.map((one) => earlierEntry(one, course)));
      return course;
    } catch { return null; }
  }

  function earlierEntry({ values: ofLeaves, count }, course) {
    const values = told.leaves.reduce((values, leaf, i) => values.with(leaf, ofLeaves[i]), state.values);
    return { values, descents: [], more: [...remembered].map(([name, { get }]) => (name === "training" ? { ...course, count } : get())) };
  }

  // The beginning --------------------------------------------------------------------------------------------------------

  rateField.value = String(rate);
  put(section.querySelector(".title"), facts.title);
  put(section.querySelector(".over"), facts.over);
  section.querySelector(".classes").replaceChildren(...facts.legend.map((text, kind) => {
    const sign = make("canvas", { width: 40, height: 40, "aria-hidden": "true" });
    pictures.legend.push({ sign, kind });
    return make("span", {}, sign, " ", text);
  }));
  follow();
  tell();
  if (first()) {
    state.scene = "data";
    stand();
  }
}
