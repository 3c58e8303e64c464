// Predict: what a sentence asks is answered in a field, in place of its question mark.
//
// A sentence that asks (`sentence`, a teller) has beside lines, whole and blanks
//   answer  the number that is asked for, by its place in told.numbers
//   slips   of wrong answers the number, null for any, the key of the sentence in told.templates.slips, blanks of its own:
//           [place, key, blanks]; where none agrees the last one is said, of no slips "unexplained"
//   right   the text that is said of the right answer, in the same blanks
// and its last piece ends with the question mark.

// Instead of the question mark, a field for the answer.
function askFor(now) {
  const { node, text } = pieces.pop(), { whole, blanks } = sentence(now), before = written(text, { run, blanks });
  const field = numeric({ id: "answer", "aria-label": spelled(written(whole, { run, blanks })) });
  const check = make("button", { id: "check" }, phrase("check"));
  node.replaceChildren(before.slice(0, before.lastIndexOf(told.words.unknown)), field, " ", check);
  field.value = state.draft;
  field.addEventListener("input", () => { state.draft = field.value; });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (state.answer?.right && state.answer.text === field.value) go(state.beat + 1);
    else checkAnswer(field.value);
  });
  check.addEventListener("click", () => checkAnswer(field.value));
  if (!matchMedia("(pointer: coarse)").matches) field.focus({ preventScroll: true });
}

function checkAnswer(text) {
  const given = parsed(text);
  if (!Number.isFinite(given)) {
    update({ answer: { text, verdict: phrase("no number"), right: false } });
    return;
  }
  const asked = sentence(moment(state.beat)), digits = typedDigits(text) || digitsOf(given);
  const right = agrees(given, run.x[asked.answer], digits);
  const verdict = right ? written(asked.right, { run, blanks: asked.blanks }) : missed(asked, given, digits);
  update({ answer: { text, verdict, right } });
}

// What a wrong answer missed: the first two slips that lead to it, of different kinds. The last one explains whatever is left.
function missed({ slips = [], blanks }, answer, digits) {
  const { templates, words } = told, perhaps = digits < CERTAIN ? words.perhaps : "";
  const matching = slips.filter(([k]) => k !== null && agrees(answer, run.x[k], digits));
  const fitting = new Map(matching.reverse().map((slip) => [templates.kins[slip[1]], slip]));
  const named = slips.filter((slip) => fitting.get(templates.kins[slip[1]]) === slip).slice(0, 2);
  const others = slips.length ? slips.slice(-1) : [[null, "unexplained"]];
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
