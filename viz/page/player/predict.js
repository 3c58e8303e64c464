// Predict: what a sentence asks is answered in a field, in place of its question mark.
//
// A sentence that asks (`sentence`, a teller) has beside lines, whole and blanks
//   answer   the number that is asked for, by its place in told.numbers
//   slips    of wrong answers the number, null for any, the key of the sentence in told.templates.slips, blanks of its own:
//            [place, key, blanks]; where none agrees the last one is said, of no slips "unexplained"
//   right    the text that is said of the right answer, in the same blanks; `shown` where it is shown, else `right`
//   kind     values, locals or contributions; else values in the forward pass, contributions in the other
//   kinds    those that the moment asks for, one after the other, if they are several
//   factors  of a product a function that returns the two
//   about    of a unit's local derivative, what the summary calls it; else that is the value, the local derivative, the gradient
//            that is added to
// and its last piece ends with the question mark.

// What is asked ---------------------------------------------------------------------------------------------------------

const ASKED_KINDS = ["values", "locals", "contributions"];
const kindOf = (asked, now) => asked.kind ?? (now.forward ? "values" : "contributions");
const asksFor = (kind) => state.asking.includes(kind);

// What a moment asks for, one after the other.
function kindsAt(now) {
  if (!asks(now)) return [];
  const asked = sentence(now);
  return asked.answer === undefined ? [] : (asked.kinds ?? [kindOf(asked, now)]).filter(asksFor);
}
const asks = (now) => state.predicting && now.asking && now.at > 0 && run.bad < 0;

// Whether of the two questions of an edge it is the one for its local derivative.
const asksLocal = (now) => asks(now) && !now.forward && EDGE_KINDS.filter(asksFor)[state.part] === "locals";

// Whether an answer is waited for.
const predicting = (now) => kindsAt(now).length > 0;

// On, or back, to another question of the same moment; false if there is none.
function turnPart(by) {
  const part = state.part + by;
  if (part < 0 || part >= kindsAt(moment(state.beat)).length) return false;
  update({ part, answer: null, draft: "" });
  return true;
}
const onFromAnswer = () => turnPart(1) || go(next(1));

// What is not told before it is answered --------------------------------------------------------------------------------

// Whether something of a kind, any by default, is still to be asked for.
function stillAsked(kind, now = moment(state.beat)) {
  if (!state.predicting || mistaken()) return false;
  const more = state.beat < lastBeat(), ahead = { values: now.forward && (now.at < FORWARD || now.asking), locals: more, contributions: more };
  return (kind ? [kind] : ASKED_KINDS).some((one) => asksFor(one) && ahead[one]);
}

// Whether the local derivative of an edge is.
function secretLocal(edge, now) {
  if (!stillAsked("locals", now)) return false;
  const at = comes(edge, now);
  return at < Infinity && (now.forward || at > now.at || (at === now.at && asksLocal(now)));
}

// A text such as ∂e/∂d = c = 3 without what it is; a question mark stands only where the question is put.
function asAsked(text, edge, now) {
  const [symbol, ...equal] = text.split(" = "), put = asksLocal(now) && comes(edge, now) === now.at;
  if (!put) return equal.length ? symbol : "";
  return equal.length ? `${symbol} = ${told.words.unknown}` : told.words.unknown;
}

// The edges of a node that its reasons are of, in their order.
function carriedTo(node) {
  return told.edges.flatMap(([from, , , carries], edge) => (from === node && carries ? [edge] : []));
}

// The field -------------------------------------------------------------------------------------------------------------

// Instead of the question mark, a field for the answer.
function askFor(now) {
  const { node, text } = pieces.pop(), { whole, blanks } = sentence(now), before = written(text, { run, blanks });
  const field = numeric({ id: "answer", "aria-label": spelled(written(whole, { run, blanks })), autocapitalize: "off", spellcheck: "false" });
  const check = make("button", { id: "check" }, phrase("check"));
  const show = make("button", { id: "show", title: phrase("show with key") }, phrase("show"));
  const buttons = make("span", { class: "buttons" }, check, " ", show);
  node.replaceChildren(before.slice(0, before.lastIndexOf(told.words.unknown)), field, " ", buttons);
  field.value = state.draft;
  field.addEventListener("input", () => {
    state.draft = field.value;
    address();
  });
  field.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    const done = (state.answer?.right || state.answer?.shown) && state.answer.text === field.value;
    const shows = latin(event) === SHOW && !modified && (done || (!field.value && !startsName(SHOW)));
    const steps = done && !modified && !event.shiftKey && /^(Arrow| $)/.test(event.key); // there is nothing more to type
    if (event.key !== "Enter" && !shows && !steps) return;
    event.preventDefault();
    if (steps) act(event.key);
    else if (event.shiftKey || shows) showAnswer();
    else if (done) onFromAnswer();
    else if (field.value.trim() === SHOW && !namesAt(now).has(SHOW)) showAnswer();
    else checkAnswer(field.value);
  });
  check.addEventListener("click", () => checkAnswer(field.value));
  show.addEventListener("click", showAnswer);
  const elsewhere = document.activeElement?.closest("#predicting");
  if (!elsewhere && !coarsePointer.matches) field.focus({ preventScroll: true });
}

// The key that shows the answer. Where it begins a name that may be typed, as that of a weight, it is typed, and Enter after it alone
// shows.
const SHOW = "w";
const startsName = (letter) => [...namesAt(moment(state.beat)).keys()].some((name) => name.startsWith(letter));

// What a field for fingers is higher than a line.
const coarsePointer = matchMedia("(pointer: coarse)");
const narrowWindow = matchMedia("(max-width: 600px)"); // where the buttons stand below it
heights.within.push(() => (state.predicting ? (coarsePointer.matches ? 24 : 0) + (narrowWindow.matches ? 48 : 0) : 0));

// The names that an answer may be typed with: of the values that are there, of the gradient from above.
function namesAt(now) {
  const names = new Map(), name = (text, x) => {
    const plain = spelled(text);
    for (const way of [plain, plain.replaceAll(",", "_")]) names.set(way, x);
  };
  told.names.forEach((shown, node) => {
    if ((computedAt.get(node) ?? 0) > now.computed) return;
    name(shown, run.v[node]);
    if (told.typed[node]) name(told.typed[node], run.v[node]);
  });
  if (now.forward || !now.at) return names;
  const { node, blanks } = told.steps[now.at];
  for (const one of [told.names[node], told.typed[node]]) if (one) name(`${one}.grad`, gradient(node));
  name(written(blanks.total, { run, blanks }), gradient(node));
  return names;
}

function checkAnswer(text) {
  const now = moment(state.beat), asked = sentence(now), { x: given, factors } = typedIn(text, namesAt(now), called);
  if (!Number.isFinite(given)) {
    update({ answer: { text, verdict: phrase("no number"), right: false } });
    return;
  }
  const exact = run.x[asked.answer], digits = typedDigits(text) || digitsOf(given), right = agrees(given, exact, digits);
  const product = right && isProduct(factors, asked.factors?.() ?? []);
  const said = product ? told.templates["right product"] : asked.right;
  const verdict = right ? written(said, { run, blanks: { ...asked.blanks, typed: text.trim() } }) : missed(asked, given, digits);
  countAnswer(now, asked, right ? "first" : "later");
  update({ answer: { text, verdict, right } });
}

// Whether a product was typed of these very factors.
function isProduct(typed, factors) {
  const same = (one) => typed.length === 2 && one.length === 2 && typed.every((x, i) => exactly(x, one[i]));
  return same(factors) || same([...factors].reverse());
}

function showAnswer() {
  const now = moment(state.beat), asked = sentence(now), verdict = written(asked.shown ?? asked.right, { run, blanks: asked.blanks });
  if (!state.answer?.right) countAnswer(now, asked, "shown");
  update({ answer: { text: byId("answer").value, verdict, right: Boolean(state.answer?.right), shown: true } });
  if (!coarsePointer.matches) byId("answer").focus({ preventScroll: true });
}

// What a wrong answer missed: the first two slips that lead to it, of different kinds. Else the digits, or what is said of
// anything else.
function missed({ slips = [], answer: k, blanks }, answer, digits) {
  const { templates, words } = told, perhaps = digits < CERTAIN ? words.perhaps : "";
  const matching = slips.filter(([k]) => k !== null && agrees(answer, run.x[k], digits));
  const fitting = new Map(matching.reverse().map((slip) => [templates.kins[slip[1]], slip]));
  const named = slips.filter((slip) => fitting.get(templates.kins[slip[1]]) === slip).slice(0, 2);
  const rounded = rounding(answer, run.x[k], digits), others = rounded ? [[null, rounded]] : slips.length ? slips.slice(-1) : [[null, "unexplained"]];
  const [one, other] = (named.length ? named : others).map(([k, name, more]) => {
    const maybe = k === null || exactly(answer, run.x[k]) ? "" : perhaps;
    return written(templates.slips[name], { run, answer, blanks: { ...blanks, ...more, perhaps, maybe } });
  });
  const why = other ? written(templates.either, { run, blanks: { one, other } }) : one;
  return written(templates.wrong, { run, answer, blanks: { ...blanks, why } });
}

function drawVerdict() {
  const line = caption.querySelector(".status");
  put(line, state.answer?.verdict ?? "");
  line.classList.toggle("right", Boolean(state.answer?.right));
}

// The score --------------------------------------------------------------------------------------------------------------

// The kinds of questions by their letter in the address: of local derivatives those of edges and of whole units.
const kindLetter = (asked, now) => ({ values: "", locals: asked.about ? "u" : "l", contributions: "" })[kindOf(asked, now)];

// What the summary calls a question.
function nameOf(now, letter) {
  if (now.forward) return told.names[told.forward[now.at - 1].node];
  const blanks = letter === "u" ? net.sentences[unitBeats.get(beatOf(now)).link] : told.steps[now.at].blanks;
  return written(letter ? blanks.local : told.steps[now.at].blanks.into, { run, blanks });
}

// A question counts once, as it was answered first.
function countAnswer(now, asked, how) {
  countOnce(now, kindLetter(asked, now), how);
}

function countOnce(now, letter, how) {
  const key = stepLink(now).replace("?", letter);
  if (!state.score.has(key)) state.score.set(key, { how, name: nameOf(now, letter) });
}

// How many at the first try; at the end also which were not.
function scored() {
  const answers = [...state.score.values()], known = answers.filter(({ how }) => how === "first").length, of = answers.length;
  const names = [...new Set(answers.filter(({ how }) => how !== "first").map(({ name }) => name))];
  if (!of) return "";
  if (state.beat < lastBeat()) return phrase("score", { known, of });
  if (!names.length) return phrase("score, all", { known, of });
  return phrase("score at the end", { known, of, names: listed(names, AGAIN) });
}

const AGAIN = 6; // names of what is to be looked at again

const predictBar = byId("predicting");
heights.below.push(() => predictBar.offsetHeight);
drawers.push(() => {
  if (state.beat === 0) state.score.clear();
  for (const button of predictBar.querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", String(asksFor(button.dataset.kind)));
  if (put(byId("score"), scored())) byId("score").title = byId("score").textContent;
  byId("afresh").classList.toggle("idle", !state.score.size);
  if (predictBar.hidden === !state.predicting) return;
  predictBar.hidden = !state.predicting;
  settle();
  render();
});

function predict() {
  update({ predicting: !state.predicting, part: 0 });
}

// What is asked is one kind at the least.
function askKinds(kinds) {
  if (kinds.length) update({ predicting: true, asking: ASKED_KINDS.filter((kind) => kinds.includes(kind)), part: 0, answer: null, draft: "" });
}

const ASKED_CHOICES = [ASKED_KINDS, ["contributions"], ["locals", "contributions"], ["values"]];
moves.P = () => {
  const chosen = ASKED_CHOICES.findIndex((one) => one.join() === state.asking.join());
  askKinds(ASKED_CHOICES[state.predicting ? (chosen + 1) % ASKED_CHOICES.length : Math.max(chosen, 0)]);
};
keysOf.predict = "pPw";
ofGraph.add("p").add("P");
moves.w = () => byId("answer") && showAnswer();

for (const button of predictBar.querySelectorAll("[data-kind]")) {
  const { kind } = button.dataset;
  button.addEventListener("click", () => askKinds(asksFor(kind) ? state.asking.filter((one) => one !== kind) : [...state.asking, kind]));
}
byId("afresh").addEventListener("click", () => { state.score.clear(); render(); });

addressed.set("predict", {
  get: () => (state.predicting ? state.asking.join() : ""),
  set: (text) => {
    const asking = ASKED_KINDS.filter((kind) => text.split(",").includes(kind));
    Object.assign(state, { predicting: text !== "", part: 0, ...(asking.length ? { asking } : {}) });
  },
});

// Which of the two questions of an edge is put, where it is not the first.
addressed.set("asked", {
  get: () => (state.part > 0 ? kindsAt(moment(state.beat))[state.part] ?? "" : ""),
  set: (text) => { state.part = Math.max(0, EDGE_KINDS.filter(asksFor).indexOf(text)); },
});
// What is typed, and not yet left.
addressed.set("typed", {
  get: () => (played === edition && predicting(moment(state.beat)) ? state.draft : ""),
  set: (text) => {
    if (state.draft !== text) caption.dataset.key = ""; // its field is written anew
    state.draft = text;
  },
});
before.push((now) => {
  if (state.part && state.part >= kindsAt(now).length) state.part = 0;
});

// The score: f2 for a value, 3 for a contribution, 3l for a local derivative, 3u for one of a whole unit; what was not right at the
// first try is marked.
const MARKS = { first: "", later: "~", shown: "!" };
addressed.set("score", {
  get: () => (played === edition ? [...state.score].map(([key, { how }]) => `${key}${MARKS[how]}`).join() : ""), // of this sweep
  set: (text) => {
    state.score.clear();
    for (const one of text.split(",")) {
      const [, step, letter, mark] = /^(f?[1-9]\d*)([lu]?)([~!]?)$/.exec(one) ?? [];
      const now = step && moment(linkedBeat(`${step}?`));
      if (!now || stepLink(now) !== `${step}?` || (now.forward && letter)) continue;
      if (letter === "u" && unitBeats.get(beatOf(now))?.link === undefined) continue;
      countOnce(now, letter, Object.keys(MARKS).find((how) => MARKS[how] === mark));
    }
  },
});

// A phone's keyboard lies over the page: what it leaves is where the words are.
window.visualViewport?.addEventListener("resize", () => {
  const covered = document.activeElement?.id === "answer" ? Math.max(0, innerHeight - visualViewport.height - visualViewport.offsetTop) : 0;
  document.body.style.paddingBottom = covered > 60 ? `${covered}px` : "";
  if (covered > 60) document.activeElement.scrollIntoView({ block: "nearest" });
});
